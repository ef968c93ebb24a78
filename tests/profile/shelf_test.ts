import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { DiskShelf, MemoryShelf, profileId, type Shelf } from "../../src/profile/keep/shelf.ts";

const AT = Date.UTC(2026, 10, 28, 12);
const idOf = (i: number) => profileId(AT + i, i % 2 === 0 ? "cpu" : "heap");

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-shelf-"));
  try {
    await use(join(folder, "a", "b"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("profileId() sorts by time", () => {
  assert.match(profileId(AT, "cpu"), /^20261128T120000\.000Z-cpu-[0-9a-f]{8}$/);
  const ids = Array.from({ length: 50 }, (_, i) => idOf(i * 997));
  assert.deepEqual(ids.toSorted(), ids);
});

test("DiskShelf writes whole files that only their owner can read, under names that sort", () =>
  inFolder(async (folder) => {
    const shelf = new DiskShelf(folder, { keepFiles: 3, keepBytes: 100 });
    assert.deepEqual(await shelf.list(), []);
    const ids = Array.from({ length: 5 }, (_, i) => idOf(i));
    for (const [i, id] of ids.entries()) {
      assert.equal(await shelf.add(id, new Uint8Array(i + 1)), true);
    }
    assert.deepEqual(await shelf.list(), ids.slice(2).map((id, i) => ({ id, bytes: i + 3 })));
    assert.deepEqual(readdirSync(folder).sort(), ids.slice(2).map((id) => `telltale-${id}.pb.gz`));
    const file = join(folder, `telltale-${ids[4]}.pb.gz`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(readFileSync(file).length, 5);
    assert.equal((await shelf.read(ids[4]!))!.length, 5);
    assert.equal(await shelf.read(ids[0]!), undefined);
  }));

test("DiskShelf leaves other files alone, and removes what a process left half written", () =>
  inFolder(async (folder) => {
    const shelf = new DiskShelf(folder, { keepFiles: 1, keepBytes: 1000 });
    const id = idOf(1);
    await shelf.add(id, new Uint8Array(1));
    const others = ["notes.txt", "telltale-me.pb.gz", "telltale-.pb.gz", `${idOf(2)}.pb.gz`];
    for (const name of others) writeFileSync(join(folder, name), "x");
    const stale = join(folder, `telltale-${idOf(3)}.pb.gz.part`);
    const fresh = join(folder, `telltale-${idOf(4)}.pb.gz.part`);
    for (const path of [stale, fresh]) writeFileSync(path, "x");
    utimesSync(stale, 0, 0);
    assert.deepEqual((await shelf.list()).map(({ id }) => id), [id]);
    const last = idOf(5);
    await shelf.add(last, new Uint8Array(1));
    const expected = [...others, `telltale-${idOf(4).slice(0, 23)}`, `telltale-${last}.pb.gz`];
    const found = readdirSync(folder);
    assert.equal(found.length, expected.length);
    for (const name of others) assert.ok(found.includes(name), name);
    assert.ok(!found.includes(stale.split("/").at(-1)!));
    for (const path of ["../../../etc/passwd", "", "a/b", `${id}/../${id}`]) {
      assert.equal(await shelf.read(path), undefined);
    }
  }));

test("DiskShelves of two processes keep one folder within its bounds", () =>
  inFolder(async (folder) => {
    const bounds = { keepFiles: 4, keepBytes: 1000 };
    const one = new DiskShelf(folder, bounds), other = new DiskShelf(folder, bounds);
    for (let i = 0; i < 10; i++) {
      await Promise.all([
        one.add(idOf(2 * i), new Uint8Array(9)),
        other.add(idOf(2 * i + 1), new Uint8Array(9)),
      ]);
    }
    assert.deepEqual(await one.list(), await other.list());
    assert.equal((await one.list()).length, 4);
  }));

test("Shelves keep the newest within their bounds, whatever comes", async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
  const bounds = fc.record({
    keepFiles: fc.integer({ min: 1, max: 6 }),
    keepBytes: fc.integer({ min: 1, max: 120 }),
  });
  const holds = async (
    shelf: Shelf,
    sizes: readonly number[],
    bounds: { keepFiles: number; keepBytes: number },
  ) => {
    let expected: { id: string; bytes: number }[] = [];
    for (const [i, bytes] of sizes.entries()) {
      const id = idOf(i);
      assert.equal(await shelf.add(id, new Uint8Array(bytes)), bytes <= bounds.keepBytes);
      if (bytes > bounds.keepBytes) continue;
      expected = [...expected, { id, bytes }];
      const sum = () => expected.reduce((all, each) => all + each.bytes, 0);
      while (expected.length > bounds.keepFiles || sum() > bounds.keepBytes) expected.shift();
      assert.deepEqual(await shelf.list(), expected);
    }
  };
  await fc.assert(
    fc.asyncProperty(sizes, bounds, async (sizes, bounds) => {
      await holds(new MemoryShelf(bounds), sizes, bounds);
      await inFolder((folder) => holds(new DiskShelf(folder, bounds), sizes, bounds));
    }),
    { numRuns: 30 },
  );
});
