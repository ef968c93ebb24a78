import { runtime } from "../../src/core/platform.ts";
import { testHostile } from "./hostile.ts";
import { HERE } from "./service.ts";

testHostile(HERE, runtime.name, false);
