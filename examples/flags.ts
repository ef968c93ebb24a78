/**
 * Feature flags: `deno run examples/flags.ts` rolls a checkout out to a tenth of the users, serves a
 * thousand of them, and prints what each variant did.
 */
import { telltale } from "../mod.ts";
import { ManualClock } from "../src/testing/mod.ts";

// Guards look every second; on a clock that stands still, only where the code says so.
const t = telltale({ service: "shop", log: { sinks: [] }, clock: new ManualClock() });
const flags = t.flags.define({
  new_checkout: {
    default: false,
    rules: [{ when: { plan: "staff" }, serve: true }],
    rollout: { percentage: 10, by: "user" },
    // Turned off when more than twice as many of its requests fail.
    guard: { errors: 2 },
  },
  button: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
});

const handler = t.instrument((request) => {
  const user = request.headers.get("x-user")!;
  const context = { user, plan: user === "u-0" ? "staff" : "free" };
  using usage = flags.usage("new_checkout", context);
  // The new one has a defect that shows for some.
  const fails = usage.value === true && Number(user.slice(2)) % 3 === 0;
  usage.result(fails ? "failed" : "paid");
  return new Response(flags.string("button", context), { status: fails ? 500 : 200 });
});

for (let i = 0; i < 3000; i++) {
  await handler(new Request("http://localhost/pay", { headers: { "x-user": `u-${i}` } }));
}

const { variants, comparisons } = await flags.effect("new_checkout");
for (const { variant, requests, errors } of variants) {
  console.log(`${variant}: ${requests} requests, ${errors} failed`);
}
for (const { variant, errors } of comparisons) {
  // As sure as 95 % of such verdicts, however often they are looked at.
  console.log(
    `${variant} is ${errors.verdict}: at least ${(errors.low! * 100).toFixed(1)} % more fail`,
  );
}
for (const { variant } of await flags.guard()) console.log(`turned off: ${variant}`);
console.log(JSON.stringify(flags.details("new_checkout", { user: "u-0", plan: "staff" })));

flags.set("button", { default: "red" });
console.log(flags.string("button"));
await t.shutdown();
