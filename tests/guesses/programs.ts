/** Programs that read what we make: Alertmanager alerts, `go tool pprof` profiles. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Profile } from "../../src/profile/format/profile.ts";
import type { ProfileData, Stack } from "../../src/profile/sample/data.ts";
import { startProgram } from "../peers/program.ts";
import { pprof, withFiles } from "../profile/pprof.ts";
import { lacking } from "../tool.ts";
import { guessed } from "./guess.ts";

/** An alert as it is posted. */
type Alert = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const named = (i: number, more: object = {}) => ({ alertname: `A${i}`, ...more });

export const ALERTMANAGER = guessed<readonly Alert[]>(
  "Alertmanager 0.25",
  lacking("prometheus-alertmanager"),
  [
    ["an alert without times", [{ labels: named(0) }], "200 active"],
    ["one that ended", [{ labels: named(1), endsAt: at(-HOUR_MS) }], "200"],
    [
      "one that begins in an hour",
      [{ labels: named(2), startsAt: at(HOUR_MS) }],
      "200 active",
      "400",
    ],
    ["an empty label", [{ labels: named(3, { a: "" }) }], "200 active"],
    ["no name", [{ labels: { case: "A4" } }], "200 active"],
    ["no labels", [{ labels: {} }], "400"],
    ["a name of a label with a dot", [{ labels: named(6, { "a.b": "c" }) }], "400"],
    ["the same alert twice", [{ labels: named(7) }, { labels: named(7) }], "200 active"],
    [
      "one that ends before it begins",
      [{ labels: named(8), startsAt: at(0), endsAt: at(-1000) }],
      "400",
    ],
    ["one whose annotation is empty", [{ labels: named(9), annotations: { a: "" } }], "200 active"],
    [
      "a wrong one beside a right one",
      [{ labels: {} }, { labels: named(10) }],
      "400 active",
    ],
  ],
  async (inputs) => {
    const server = await startProgram({
      program: "prometheus-alertmanager",
      args: (address, folder) => {
        const config = join(folder, "alertmanager.yml");
        writeFileSync(
          config,
          JSON.stringify({ route: { receiver: "a" }, receivers: [{ name: "a" }] }),
        );
        return [
          `--config.file=${config}`,
          `--storage.path=${folder}`,
          `--web.listen-address=${address}`,
          "--cluster.listen-address=",
        ];
      },
      readyPath: "/-/ready",
    });
    try {
      const statuses: number[] = [];
      for (const alerts of inputs) {
        const response = await fetch(`${server.url}/api/v2/alerts`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(alerts),
        });
        await response.body?.cancel();
        statuses.push(response.status);
      }
      const found: { labels: Record<string, string>; status: { state: string } }[] =
        await (await fetch(`${server.url}/api/v2/alerts`)).json();
      return inputs.map((_, i) => {
        const own = found.filter(({ labels }) => (labels.alertname ?? labels.case) === `A${i}`);
        // One that has just come is not yet processed.
        const states = own.map(({ status }) =>
          status.state === "unprocessed" ? "active" : status.state
        );
        return [statuses[i], ...states].join(" ");
      });
    } finally {
      await server.stop();
    }
  },
);

const BASE: ProfileData = {
  kind: "cpu",
  types: [{ type: "cpu", unit: "nanoseconds" }],
  periodType: { type: "cpu", unit: "nanoseconds" },
  period: 1_000_000,
  startMs: 1_795_000_000_000,
  durationMs: 1000,
  frames: [
    { name: "outer", file: "/a.ts", line: 1, startLine: 1 },
    { name: "inner", file: "/a.ts", line: 5, startLine: 4 },
    { name: "a b;c", file: "", line: 0, startLine: 0 },
    { name: "größe", file: "/ü.ts", line: 2, startLine: 2 },
  ],
  stacks: [{ frames: [1, 0], values: [30_000_000] }],
  comments: [],
};
const stacks = (...of: readonly Stack[]): Partial<ProfileData> => ({ stacks: of });

export const PPROF = guessed<readonly [of: Partial<ProfileData>, ...args: string[]]>(
  "go tool pprof 1.26",
  lacking("go"),
  [
    ["a stack of two", [{}], "inner 30ms 30ms; outer 0 30ms"],
    ["no samples", [stacks()], ""],
    [
      "a function that calls itself",
      [stacks({ frames: [1, 1, 0], values: [5e6] })],
      "inner 5ms 5ms; outer 0 5ms",
    ],
    [
      "a name with a blank and a semicolon",
      [stacks({ frames: [2], values: [5e6] })],
      "a b;c 5ms 5ms",
    ],
    ["a name that is not ASCII", [stacks({ frames: [3], values: [5e6] })], "größe 5ms 5ms"],
    [
      "a value of 0",
      [stacks({ frames: [1, 0], values: [0] }, { frames: [3], values: [5e6] })],
      "größe 5ms 5ms",
    ],
    ["no duration", [{ durationMs: 0 }], "inner 30ms 30ms; outer 0 30ms"],
    [
      "a label that is asked for",
      [
        stacks(
          { frames: [1, 0], values: [1e6], labels: { route: "/a" } },
          { frames: [3], values: [2e6], labels: { route: "/b" } },
        ),
        "-tagfocus=route=/a$",
      ],
      "inner 1ms 1ms; outer 0 1ms",
    ],
    ["an empty stack", [stacks({ frames: [], values: [5e6] })], ""],
    [
      "bytes",
      [{
        types: [{ type: "space", unit: "bytes" }],
        stacks: [{ frames: [0], values: [2048] }],
      }],
      "outer 2kB 2kB",
    ],
  ],
  async (inputs) => {
    const bodies = await Promise.all(
      inputs.map(([of]) => new Profile({ ...BASE, ...of }).pprof()),
    );
    return await withFiles(bodies, async (...paths) => {
      const came: string[] = [];
      for (const [i, [, ...args]] of inputs.entries()) {
        const text = await pprof("-top", ...args, paths[i]!);
        const lines = text.split("\n").slice(
          text.split("\n").findIndex((line) => /flat%/.test(line)) + 1,
        );
        came.push(
          lines.filter((line) => line !== "").map((line) => {
            const [, flat, cum, name] = /^\s*(\S+)\s+\S+\s+\S+\s+(\S+)\s+\S+ +(.*)$/.exec(line)!;
            return `${name} ${flat} ${cum}`;
          }).join("; "),
        );
      }
      return came;
    });
  },
);
