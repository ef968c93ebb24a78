import { test } from "node:test";
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { ADAPTERS, serveHere } from "../serve/here.ts";
import { ask } from "./ask.ts";

const TOKEN = "correct-horse-battery";
const QUIET: TelltaleOptions = {
  service: "orders",
  log: { sinks: [] },
  otlp: false,
  metrics: { runtime: false },
};
const own = () => new Response("the application's own", { status: 404 });

/** The lines that `use` prints about the console. */
async function printed(use: () => Promise<void>): Promise<string[]> {
  const { warn } = console, lines: string[] = [];
  console.warn = (line: unknown) => void lines.push(String(line));
  try {
    await use();
  } finally {
    console.warn = warn;
  }
  return lines.filter((line) => line.includes("console"));
}

for (const name of ADAPTERS) {
  test(`console.token "print" prints the page's address once, and its token opens it, with ${name}`, async () => {
    await using t = telltale({ ...QUIET, console: { token: "print" } });
    const lines = await printed(async () => {
      const server = await serveHere(t, {}, own, name);
      t.instrument(own);
      try {
        const far = { host: "orders.example", "x-forwarded-for": "203.0.113.9" };
        equal((await ask(server.port, "/telltale/", far)).status, 200);
        equal((await ask(server.port, "/telltale/api", far)).status, 403);
      } finally {
        await server.stop();
      }
    });
    equal(lines.length, 1);
    const [, port, token] =
      /^telltale: console on http:\/\/localhost:(\d+)\/telltale\/#token=([0-9a-f]{32})$/.exec(
        lines[0]!,
      ) ?? [];
    ok(Number(port) > 0, lines[0]);
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "203.0.113.9" };
    const request = new Request("http://orders.example/telltale/api", { headers });
    equal((await t.endpoints.answer("/telltale/api", request, []))?.status, 200);
  });

  test(`with an admin listener, the address is the listener's, with ${name}`, async () => {
    await using t = telltale({ ...QUIET, console: { token: "print" } });
    const admin = Promise.withResolvers<number>();
    const onListen = ({ port }: { port: number }) => admin.resolve(port);
    const lines = await printed(async () => {
      const server = await serveHere(t, { admin: { port: 0, onListen } }, own, name);
      await admin.promise;
      await server.stop();
    });
    equal(lines.length, 1);
    ok(lines[0]!.startsWith(`telltale: console on http://localhost:${await admin.promise}/`));
  });
}

test("where no server says its port, the address is printed without one after half a second", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...QUIET, clock, console: { token: "print" } });
  const lines = await printed(async () => {
    t.instrument(own);
    await Promise.resolve();
    clock.advance(1000);
  });
  equal(lines.length, 1);
  match(lines[0]!, /^telltale: console on \/telltale\/#token=[0-9a-f]{32}$/);
});

test("a token that is given is not printed", async () => {
  const clock = new ManualClock();
  await using t = telltale({ ...QUIET, clock, console: { token: TOKEN } });
  const lines = await printed(async () => {
    t.instrument(own);
    t.endpoints.listens("localhost", 8080);
    await Promise.resolve();
    clock.advance(1000);
  });
  deepEqual(lines, []);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const request = new Request("http://orders.example/telltale/api", { headers });
  equal((await t.endpoints.answer("/telltale/api", request, []))?.status, 200);
});

test("two processes have two tokens", async () => {
  const lines = await printed(async () => {
    for (let i = 0; i < 2; i++) {
      await using t = telltale({ ...QUIET, console: { token: "print" } });
      t.endpoints.listens("localhost", 8080);
    }
  });
  equal(new Set(lines).size, 2);
});

test("console: false leaves its paths to the application, and what is added there stays", async () => {
  await using t = telltale({ ...QUIET, console: false });
  t.endpoints.add({ path: "mine", answer: () => new Response("mine") });
  for (const path of ["/telltale/", "/telltale/api"]) {
    equal(t.endpoints.answer(path, new Request(`http://localhost${path}`), []), undefined);
  }
  ok(t.endpoints.answer("/telltale/mine", new Request("http://localhost/telltale/mine"), []));
});

test("a token that is given twice, or too short, and unknown options are refused", () => {
  const refused = (options: object, message: RegExp) =>
    throws(() => telltale({ ...QUIET, ...options }), { name: "TypeError", message });
  refused(
    { console: { token: TOKEN }, access: { token: TOKEN } },
    /^Cannot set up console: token must not be set in access too$/,
  );
  refused({ console: { token: "short" } }, /token must be 16 to 512 characters/);
  refused({ console: { tokn: TOKEN } }, /"tokn".*token/);
});
