import { runtime } from "../../src/core/platform.ts";
import { testListen } from "./listen.ts";
import { HERE } from "./service.ts";

testListen(HERE, runtime.name, false);
