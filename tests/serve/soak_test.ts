import { runtime } from "../../src/core/platform.ts";
import { HERE } from "./service.ts";
import { testSoak } from "./soak.ts";

testSoak(HERE, runtime.name, false);
