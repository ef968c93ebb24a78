import { runtime } from "../../src/core/platform.ts";
import { testEndpoints } from "./endpoints.ts";
import { HERE } from "./service.ts";

testEndpoints(HERE, runtime.name, false);
