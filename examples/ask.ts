/**
 * Questions: `deno run examples/ask.ts` serves a few hundred requests of which some fail, and asks why.
 */
import { setRoute, telltale } from "../mod.ts";

const t = telltale({ service: "shop", version: "1.4.1", log: { sinks: [] } });

const handler = t.instrument((request) => {
  setRoute(request, "/orders");
  const { searchParams } = new URL(request.url);
  const sku = searchParams.get("sku")!, segment = searchParams.get("segment")!;
  t.note({ sku, segment });
  return new Response(null, { status: sku === "sku-13" ? 500 : 201 });
});
for (let i = 0; i < 400; i++) {
  const url = `http://localhost/orders?sku=sku-${i % 20}&segment=${i % 3 ? "pro" : "free"}`;
  await handler(new Request(url, { method: "POST" }));
}
// Work that is no request leaves a row too.
await t.event("nightly import", () => t.note({ files: 3 }));

const why = await t.ask("route:/orders why status>=500");
if (why.kind === "why") {
  console.log(`${why.matched} of ${why.looked} requests`);
  for (const { terms, selectedShare } of why.which) {
    console.log(`${terms.map(({ text }) => text).join(" and ")}: ${selectedShare * 100} % of them`);
  }
}
const table = await t.ask("route:/orders by segment show count,errors");
if (table.kind === "table") {
  for (const { keys, cells } of table.groups) {
    console.log(`${keys.join()}: ${cells[0]} requests, ${(cells[1]! * 100).toFixed(1)} % failed`);
  }
}
const jobs = await t.ask("job?");
if (jobs.kind === "rows") {
  for (const { fields } of jobs.rows) console.log(`${fields.job}: ${fields.files} files`);
}
await t.shutdown();
