import process from "node:process";
import { telltale } from "../../mod.ts";
import { instrumentSqlite } from "../../src/db/mod.ts";
import { read, Reader } from "../../src/db/sql/reading.ts";

const SQL =
  "SELECT o.id, o.status, c.name FROM orders o JOIN customers c ON c.id = o.customer_id " +
  "WHERE o.status = 'paid' AND o.value > 12.5 AND c.country IN ('DE', 'FR', 'IT') ORDER BY o.id LIMIT 20";
const reader = new Reader("postgresql");

Deno.bench(
  "a query of 190 characters, read for the first time",
  () => void read(SQL, "postgresql"),
);
Deno.bench("a query that was read before", () => void reader.read(SQL));

const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
const t = telltale({ service: "bench", log: { sinks: [] } });

function statement(db: InstanceType<typeof DatabaseSync>) {
  db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT)");
  db.exec("INSERT INTO orders (name) VALUES ('a')");
  return db.prepare("SELECT * FROM orders WHERE id = ?");
}
const plain = statement(new DatabaseSync(":memory:"));
const observed = statement(instrumentSqlite(t, new DatabaseSync(":memory:")));

Deno.bench("get() of SQLite, plain", { group: "get" }, () => void plain.get(1));
Deno.bench("get() of SQLite, observed", { group: "get" }, () => void observed.get(1));
