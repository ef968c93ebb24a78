import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { telltale } from "../../mod.ts";
import { skipWhen } from "../tool.ts";
import { counts } from "./told.ts";

type Db = typeof import("../../src/db/mod.ts");

const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
const folder = mkdtempSync(join(tmpdir(), "telltale-copies-"));
after(() => rmSync(folder, { recursive: true }));

/** A copy of the library, as two packages of an application may each have one: it shares no state with others. */
function copy(name: string): Promise<Db> {
  const path = join(folder, name);
  cpSync(fileURLToPath(new URL("../../src", import.meta.url)), path, { recursive: true });
  return import(pathToFileURL(join(path, "db", "mod.ts")).href);
}

const [one, two] = [await copy("one"), await copy("two")];
const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
const open = () => new DatabaseSync(":memory:");

/** The methods of statements of `node:sqlite`, wherever they are. Other tests may observe databases, too. */
function methodsOf(statement: object): PropertyDescriptor[] {
  return ["get", "all", "run", "iterate"].map((verb) => {
    let owner = statement;
    while (!Object.hasOwn(owner, verb)) owner = Object.getPrototypeOf(owner);
    return Object.getOwnPropertyDescriptor(owner, verb)!;
  });
}

test("statements of other databases pass, and no method is left behind", async () => {
  const foreign = open().prepare("SELECT ? AS a"), before = methodsOf(foreign), t = parts();
  const first = one.instrumentSqlite(t, open()), second = one.instrumentSqlite(t, open());
  for (const db of [first, second]) db.prepare("SELECT 1").get();
  const during = methodsOf(foreign);
  ok(during.every(({ value }, i) => value !== before[i]!.value));
  const shape = ({ value, ...rest }: PropertyDescriptor) => [value.name, value.length, rest];
  deepEqual(during.map(shape), before.map(shape));

  deepEqual({ ...foreign.get(1) }, { a: 1 });
  deepEqual([...foreign.iterate(1)].map((row) => ({ ...row })), [{ a: 1 }]);
  for (const { value } of during) {
    for (const self of [undefined, 1, {}]) throws(() => value.call(self), TypeError);
  }

  one.uninstrument(first);
  equal(methodsOf(foreign)[0]!.value, during[0]!.value, "the second is observed still");
  second.prepare("SELECT 1").get();
  one.uninstrument(second);
  deepEqual(methodsOf(foreign), before);
  deepEqual(await counts(t), { SELECT: 3 });
});

test("a statement is observed once by each copy of the library, in whatever order they come and go", async () => {
  const bare = open().prepare("SELECT 1"), before = methodsOf(bare), db = open();
  const [ours, theirs] = [parts(), parts()];
  const told = async (...expected: number[]) => {
    db.prepare("SELECT 1").get();
    const [mine, others] = [await counts(ours), await counts(theirs)];
    deepEqual([mine.SELECT ?? 0, others.SELECT ?? 0], expected);
  };
  one.instrumentSqlite(ours, db);
  await told(1, 0);
  two.instrumentSqlite(theirs, db);
  await told(2, 1);
  const both = methodsOf(bare);
  // The second is on top: the first stays below, and is not put there again.
  one.uninstrument(db);
  await told(2, 2);
  one.instrumentSqlite(ours, db);
  await told(3, 3);
  deepEqual(methodsOf(bare), both);
  two.uninstrument(db);
  await told(4, 3);
  one.uninstrument(db);
  await told(4, 3);
  deepEqual(methodsOf(bare), before);
  // Methods that were there before come back, and the library as well.
  two.instrumentSqlite(theirs, db);
  await told(4, 4);
  two.uninstrument(db);
  deepEqual(methodsOf(bare), before);
});

test(
  "a statement that bun:sqlite gives again is observed by who observes the database last",
  { skip: skipWhen(!("Bun" in globalThis), "bun:sqlite is Bun's") },
  async () => {
    const name = "bun:sqlite", { Database } = await import(name), db = new Database(":memory:");
    const [ours, theirs] = [parts(), parts()], bare = new Database(":memory:").query("SELECT 1");
    one.instrumentSqlite(ours, db);
    const statement = db.query("SELECT 1");
    deepEqual(
      Object.getOwnPropertyDescriptors(statement.get),
      Object.getOwnPropertyDescriptors(bare.get),
    );
    deepEqual(Object.keys(statement), Object.keys(bare));
    statement.get();
    one.uninstrument(db);
    statement.get();
    one.instrumentSqlite(theirs, db);
    equal(db.query("SELECT 1"), statement);
    statement.get();
    deepEqual([await counts(ours), await counts(theirs)], [{ SELECT: 1 }, { SELECT: 1 }]);
    one.uninstrument(db);
  },
);
