/**
 * What the stores of the console cost a request while nobody reads: a process with them and one without take
 * turns, and the CPU time of all their threads is compared, the collector's too.
 *
 *     deno run -A bench/console/cost.ts        bun bench/console/cost.ts
 *
 * Arguments: the kind of traffic (`plain`, `logging`, `spans` or `all`), turns, and the root of another
 * checkout, which then takes the place of the process without a console.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { pathToFileURL } from "node:url";

const REQUESTS = 10_000, WARM = 4;

type Service = ReturnType<typeof import("../../mod.ts").telltale>;

const TRAFFIC: Record<string, (t: Service, i: number) => Response> = {
  plain: () => new Response("ok"),
  logging(t, i) {
    t.log.info("placing order", { order_id: i, customer: "c-1024", express: true });
    t.log.info("placed order", { order_id: i, ms: i % 97 });
    return new Response("ok");
  },
  spans(t) {
    for (let k = 0; k < 5; k++) {
      t.tracer.span("SELECT prices", { kind: "client" }, (span) => {
        span.set("db.system.name", "postgresql").set("db.namespace", "shop");
      });
    }
    return new Response("ok");
  },
};

/** Serves a turn for each line on standard input, and says what one request took in µs of CPU. */
async function child(root: string, kind: string, hasConsole: boolean): Promise<void> {
  const { telltale } = await import(pathToFileURL(`${root}/mod.ts`).href);
  const t = telltale({
    service: "orders",
    log: { sinks: [] },
    otlp: false,
    ...hasConsole ? {} : { console: false },
  });
  const serve = TRAFFIC[kind]!;
  let i = 0;
  const handler = t.instrument(() => serve(t, i++));
  for await (const line of createInterface(process.stdin)) {
    if (line === "end") break;
    const before = process.cpuUsage();
    for (let n = 0; n < REQUESTS; n++) {
      await handler(new Request(`http://localhost/orders/${n % 100}`));
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / REQUESTS);
  }
  process.exit(0);
}

/** A process that takes turns. */
function opponent(...args: string[]) {
  const before = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const { stdin, stdout } = spawn(process.execPath, [...before, process.argv[1]!, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  return {
    turn: async () => {
      stdin.write("turn\n");
      return Number((await lines.next()).value);
    },
    end: () => stdin.write("end\n"),
  };
}

async function compare(kind: string, turns: number, other: string | undefined): Promise<void> {
  const here = new URL("../..", import.meta.url).pathname;
  const ours = opponent("child", here, kind, "with");
  const theirs = opponent("child", other ?? here, kind, other === undefined ? "without" : "with");
  for (let i = 0; i < WARM; i++) await Promise.all([ours.turn(), theirs.turn()]);
  const a: number[] = [], b: number[] = [];
  for (let i = 0; i < turns; i++) {
    // Whoever is second finds a warmer machine, or a colder one.
    if (i % 2 === 0) a.push(await ours.turn());
    b.push(await theirs.turn());
    if (i % 2 === 1) a.push(await ours.turn());
  }
  ours.end();
  theirs.end();
  // What disturbs only adds: the lower half of the turns is what the work itself takes.
  const at = (numbers: number[], share: number) =>
    numbers.sort((a, b) => a - b)[Math.floor(share * numbers.length)]!;
  const shown = [0, 0.1, 0.25, 0.5].map((share) => {
    const more = at(a, share) - at(b, share);
    return `${share === 0 ? "least" : `${share * 100} %`} ${more < 0 ? "" : "+"}${more.toFixed(2)}`;
  });
  console.log(kind.padEnd(8), shown.join("  "), ` µs a request, beside ${at(b, 0.25).toFixed(2)}`);
}

const [, , first = "all", ...rest] = process.argv;
if (first === "child") {
  const [root, kind, console] = rest as [string, string, string];
  await child(root, kind, console === "with");
} else {
  const kinds = first === "all" ? Object.keys(TRAFFIC) : [first];
  for (const kind of kinds) await compare(kind, Number(rest[0] ?? 21), rest[1]);
}
