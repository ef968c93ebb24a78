export { ManualClock } from "../src/testing/clock.ts";
