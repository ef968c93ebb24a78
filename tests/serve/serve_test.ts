import { runtime } from "../../src/core/platform.ts";
import { testLife } from "./life.ts";
import { HERE } from "./service.ts";

testLife(HERE, runtime.name, false);
