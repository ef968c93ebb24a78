/** Everything on: RED metrics with exemplars, a server span, two log lines, correlation, OTLP. */
import { setRoute, telltale } from "../../../mod.ts";
import { hello, listen } from "./listen.ts";

const t = telltale({ service: "bench" });

listen(t.instrument((request: Request, _info: never) => {
  setRoute(request, "/hello/:name");
  return hello(request);
}));
