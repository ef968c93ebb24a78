/**
 * What an evaluation costs, with a counter, in a request or not, for 1000 subjects that come back.
 */
import { telltale } from "../../mod.ts";
import { type Context, run } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";

const t = telltale({ service: "bench", log: { sinks: [] } });
const flags = t.flags.define({
  fixed: { default: true },
  ruled: {
    default: false,
    rules: [{ when: { country: ["DE", "FR"], version: { semver: ">=2.0.0" } }, serve: true }],
    rollout: { percentage: 10 },
  },
  weighted: {
    default: "a",
    variants: { a: "a", b: "b", c: "c" },
    rollout: { weights: { a: 50, b: 30, c: 20 } },
  },
});
const contexts = Array.from({ length: 1000 }, (_, i) => ({
  targetingKey: `user-${i}`,
  country: i % 4 === 0 ? "DE" : "AT",
  version: i % 8 === 0 ? "2.1.0" : "1.9.0",
}));
let i = 0;
const next = () => contexts[i++ % contexts.length]!;
const request: Context = {
  traceId: "",
  spanId: "",
  flags: 0,
  tracestate: "",
  requestId: "",
  tally: new Tally(),
};

Deno.bench("a boolean", () => void flags.boolean("fixed", next()));
Deno.bench("a boolean with a rule and a rollout", () => void flags.boolean("ruled", next()));
Deno.bench("the same, 100 times in a request", () =>
  run(request, () => {
    for (let n = 0; n < 100; n++) flags.boolean("ruled", next());
  }));
Deno.bench("a text with three weights", () => void flags.string("weighted", next()));
Deno.bench("details", () => void flags.details("ruled", next()));
let newcomer = 0;
Deno.bench(
  "a subject that comes for the first time",
  () => void flags.boolean("ruled", { targetingKey: `new-${newcomer++}` }),
);
