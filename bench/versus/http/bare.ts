/** The application alone. */
import { hello, listen } from "./listen.ts";

listen(hello);
