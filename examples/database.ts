/**
 * Queries: `deno run examples/database.ts` asks SQLite once for each row of another's result, and prints what
 * is told of that.
 */
import { DatabaseSync } from "node:sqlite";
import { setRoute, telltale } from "../mod.ts";
import { databaseCheck, instrumentSqlite } from "../src/db/mod.ts";

const t = telltale({ service: "shop", log: { sinks: [] } });
const db = instrumentSqlite(t, new DatabaseSync(":memory:"));
t.health.check("database", databaseCheck(db));

db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT)");
const insert = db.prepare("INSERT INTO orders (status) VALUES (?)");
for (let n = 0; n < 20; n++) insert.run("paid");
const one = db.prepare("SELECT * FROM orders WHERE id = ?");

const handler = t.instrument((request) => {
  setRoute(request, "/orders");
  const ids = db.prepare("SELECT id FROM orders WHERE status = 'paid'").all();
  return Response.json(ids.map(({ id }) => one.get(id as number)));
});
await handler(new Request("http://localhost/orders"));

const { message, fields } = [...t.log.ring].find(({ message }) => message === "repeated query")!;
console.log(message, JSON.stringify(fields));
// An error is told without the values in it.
try {
  db.exec("INSERT INTO orders VALUES (1, 'refunded to Ann')");
} catch {
  const { name, statusMessage, attributes } = [...t.tracer.finished].at(-1)!;
  console.log(`${name}: ${statusMessage}: ${attributes["db.query.text"]}`);
}
console.log((await t.health.refresh()).status);
await t.shutdown();
