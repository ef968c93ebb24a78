/**
 * Where a request's time goes: in JavaScript by `--cpu-prof`, with everything on, and per thread by the
 * operating system's count, beside a bare server. See bench/README.md.
 *
 * `deno task bench:profile [--seconds S] [--runtime deno|bun] [--part PART] [--pin] [--top N]`; Linux only.
 * `--top` names the N functions with the most time of their own. The profiler itself takes time, so these
 * are shares; `bench:http` has the microseconds.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drive } from "./http/load.ts";
import { type CpuProfile, grouped, topFunctions } from "./http/profile.ts";
import {
  exportingTo,
  type Runtime,
  runtimes,
  type Server,
  Servers,
  threadMicros,
  TITLES,
} from "./http/server.ts";
import { fixed } from "./http/turns.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    runtime: { type: "string" },
    part: { type: "string", default: "export" },
    pin: { type: "boolean" },
    top: { type: "string", default: "0" },
  },
});
const seconds = Number(options.seconds);

const leave = fileURLToPath(new URL("http/leave.ts", import.meta.url));

interface Profile {
  /** Parts of the time in JavaScript, by group. */
  readonly groups: readonly (readonly [name: string, part: number])[];
  /** The same by function, without its callees. */
  readonly functions: readonly (readonly [name: string, part: number])[];
  /** Microseconds a request, by the kind of thread. */
  readonly threads: ReadonlyMap<string, number>;
}

async function profile(
  servers: Servers,
  runtime: Runtime,
  sink: Server,
  part?: string,
): Promise<Profile> {
  const folder = mkdtempSync(join(servers.folder, "profile-"));
  const server = await servers.script("profiled", runtime, part === undefined ? "bare" : "ours", {
    flags: [
      "--cpu-prof",
      `--cpu-prof-dir=${folder}`,
      "--preload",
      leave,
    ],
    args: [part ?? ""],
    env: exportingTo(sink),
  });
  // Warm-up is not part of the profile.
  await drive(server.port, 2);
  const before = threadMicros(server);
  const requests = await drive(server.port, seconds);
  const threads = new Map<string, number>();
  for (const [name, micros] of threadMicros(server)) {
    threads.set(name, (micros - (before.get(name) ?? 0)) / requests);
  }
  server.child.kill("SIGUSR2");
  if (server.child.exitCode === null) await once(server.child, "exit");
  const [file] = readdirSync(folder);
  const taken = JSON.parse(readFileSync(join(folder, file!), "utf8")) as CpuProfile;
  const functions = topFunctions(taken, Number(options.top));
  return { groups: grouped(taken), functions, threads };
}

function print(
  title: string,
  { threads: bare }: Profile,
  { groups, functions, threads }: Profile,
): void {
  console.log(`\n${title}: parts of the time in JavaScript`);
  for (const [name, part] of [...groups, ...functions]) {
    if (part >= .005) console.log(`  ${(part * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
  console.log(`\n${title}: CPU µs a request by thread, while profiled\n     bare    ours`);
  for (const name of new Set([...bare.keys(), ...threads.keys()])) {
    const [before, after] = [bare.get(name) ?? 0, threads.get(name) ?? 0];
    if (Math.max(before, after) >= .05) console.log(`  ${fixed(before)} ${fixed(after)}  ${name}`);
  }
}

{
  using servers = new Servers();
  const sink = await servers.sink();
  for (const runtime of runtimes(options.runtime)) {
    const bare = await profile(servers, runtime, sink);
    const ours = await profile(servers, runtime, sink, options.part);
    print(TITLES[runtime], bare, ours);
  }
}
process.exit(0);
