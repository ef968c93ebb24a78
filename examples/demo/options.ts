import { type Fault, FAULT_NAMES } from "./faults.ts";

/** Options of the demo's command line. */
export interface DemoOptions {
  /** Port of orders; payments has the next one. 0 lets the system choose both. */
  readonly port: number;
  /** The runtime of both services; undefined is orders on Deno and payments on Bun. */
  readonly runtime: "deno" | "bun" | undefined;
  /** When to stop by itself; undefined waits for Ctrl-C. */
  readonly forSeconds: number | undefined;
  /** What is to be wrong; undefined for a day as any other. */
  readonly fault: Fault | undefined;
  /** Whether the services log to this terminal instead of to files. */
  readonly logs: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: deno task demo [options]

  --port N              orders on port N, payments on N + 1 (default 8080; 0: any free ports)
  --runtime deno|bun    both services on one runtime (default: orders on Deno, payments on Bun)
  --for SECONDS         stop by itself (default: at Ctrl-C)
  --fault NAME          something is wrong from the 15th second on, find out what: none (default),
                        ${listed(FAULT_NAMES)};
                        random does not say which
  --logs                show the services' log lines here instead of writing them to files
  --help                show this`;

/** Names, a few to a line of the usage. */
function listed(names: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += 6) lines.push(names.slice(i, i + 6).join(", "));
  return lines.join(",\n                        ");
}

/** Parses the arguments, `--name value` or `--name=value`; throws an Error that says what is wrong. */
export function parseOptions(args: readonly string[]): DemoOptions {
  let port = 8080, logs = false, help = false;
  let runtime: DemoOptions["runtime"], forSeconds: number | undefined, fault: Fault | undefined;
  const rest = args.flatMap((arg) => /^--\w+=/.test(arg) ? split(arg) : [arg]);
  while (rest.length > 0) {
    const name = rest.shift()!;
    if (name === "--logs") logs = true;
    else if (name === "--help" || name === "-h") help = true;
    else if (name === "--port") port = parsePort(rest.shift());
    else if (name === "--runtime") runtime = parseRuntime(rest.shift());
    else if (name === "--fault") fault = parseFault(rest.shift());
    else if (name === "--for") forSeconds = parseSeconds(rest.shift());
    else throw new Error(`There is no option ${name}`);
  }
  return { port, runtime, forSeconds, fault, logs, help };
}

function split(arg: string): [string, string] {
  const at = arg.indexOf("=");
  return [arg.slice(0, at), arg.slice(at + 1)];
}

function parsePort(value: string | undefined): number {
  // Payments needs the next port, so 65535 is too high.
  if (value === undefined || !/^\d{1,5}$/.test(value) || Number(value) > 65534) {
    throw new Error(`--port must be a whole number from 0 to 65534, not ${value ?? "missing"}`);
  }
  return Number(value);
}

function parseRuntime(value: string | undefined): "deno" | "bun" {
  if (value !== "deno" && value !== "bun") {
    throw new Error(`--runtime must be deno or bun, not ${value ?? "missing"}`);
  }
  return value;
}

function parseFault(value: string | undefined): Fault | undefined {
  if (value === "none") return undefined;
  if (value === "random") return FAULT_NAMES[Math.floor(Math.random() * FAULT_NAMES.length)];
  const fault = FAULT_NAMES.find((name) => name === value);
  if (fault !== undefined) return fault;
  const names = ["none", "random", ...FAULT_NAMES].join(", ");
  throw new Error(`--fault must be one of ${names}, not ${value ?? "missing"}`);
}

function parseSeconds(value: string | undefined): number {
  const seconds = Number(value);
  if (value === undefined || value.trim() === "" || !(seconds > 0 && seconds <= 86400)) {
    throw new Error(`--for must be seconds, more than 0 up to 86400, not ${value ?? "missing"}`);
  }
  return seconds;
}
