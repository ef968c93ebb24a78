/**
 * The runtime, detected once. Runtime globals are used here and in `serve/` only; all other code asks
 * this file.
 *
 * @module
 */
import type process from "node:process";

/** The names of the supported runtimes. */
export type RuntimeName = "deno" | "bun" | "node";

/** The part of `Deno` that is used below the `serve` floor; typed by shape, see the floors test. */
export interface DenoShape {
  readonly version: { readonly deno: string };
  readonly permissions: {
    querySync(
      descriptor: { name: string; variable?: string; path?: string; kind?: string; host?: string },
    ): {
      readonly state: string;
    };
  };
  readonly stdout: {
    write(data: Uint8Array): Promise<number>;
    writeSync(data: Uint8Array): number;
    isTerminal(): boolean;
  };
  createHttpClient(
    options: { caCerts?: string[]; cert?: string | undefined; key?: string | undefined },
  ): { close(): void };
  exit(code?: number): never;
  readonly mainModule: string;
  readonly telemetry?: { readonly tracerProvider?: object; readonly contextManager?: object };
  readonly pid: number;
  readonly env: { get(name: string): string | undefined };
  unrefTimer(id: number): void;
  addSignalListener(signal: string, handler: () => void): void;
  removeSignalListener(signal: string, handler: () => void): void;
  readonly internal?: symbol;
  readonly [internal: symbol]: { readonly core?: Partial<FrameAccess> } | undefined;
}

interface RuntimeGlobals {
  readonly Deno?: DenoShape;
  readonly Bun?: { readonly version: string; generateHeapSnapshot?(): unknown };
  readonly process: typeof process;
}

const globals = globalThis as unknown as RuntimeGlobals;

/** Deno's namespace when this is Deno, else undefined. */
export const deno: DenoShape | undefined = globals.Bun === undefined ? globals.Deno : undefined;

/**
 * `node:process`, on first use. An import or a look at the global makes Deno set up its Node
 * compatibility, which costs 8 ms and 2 MB.
 */
export function nodeProcess(): typeof process {
  return globals.process;
}

/** The most bytes that the heap can have; undefined where the runtime does not say. */
export function heapLimitBytes(): number | undefined {
  // Bun gives a number that follows the heap.
  if (runtime.name === "bun") return undefined;
  return nodeProcess().getBuiltinModule("node:v8").getHeapStatistics().heap_size_limit || undefined;
}

/**
 * Whether this is a web worker. Deno delivers every signal of the process to a worker's listener, and
 * treats it as one of the process; on other runtimes a worker gets no signals.
 */
export const isWorker: boolean = "WorkerGlobalScope" in globalThis;

/** Which runtime this is, and its version. */
export const runtime: { readonly name: RuntimeName; readonly version: string } = probe();

function probe(): { name: RuntimeName; version: string } {
  if (globals.Bun !== undefined) return { name: "bun", version: globals.Bun.version };
  if (deno !== undefined) return { name: "deno", version: deno.version.deno };
  return { name: "node", version: nodeProcess().versions.node };
}

/** The value that V8 carries along with promises, as Deno's own `AsyncLocalStorage` reads and writes it. */
export interface FrameAccess {
  getAsyncContext(): unknown;
  setAsyncContext(frame: unknown): void;
}

/** Access to that value; undefined where the runtime gives none. */
export function frameAccess(): FrameAccess | undefined {
  const internal = deno?.internal, core = internal && deno?.[internal]?.core;
  return typeof core?.getAsyncContext === "function" && typeof core.setAsyncContext === "function"
    ? core as FrameAccess
    : undefined;
}

/**
 * An environment variable; undefined when it is unset, empty, or not readable.
 *
 * On Deno the permission is queried first: a read without it prompts on a terminal and blocks the
 * process until the prompt is answered.
 */
export function environment(name: string): string | undefined {
  if (!mayKnow(name)) return undefined;
  const value = deno === undefined ? nodeProcess().env[name] : deno.env.get(name);
  return value === "" ? undefined : value;
}

/** Whether an environment variable may be read without a prompt; on Deno, permissions are by name. */
export function mayKnow(variable: string): boolean {
  return deno === undefined ||
    deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/**
 * Whether a path may be read without a prompt. On Deno, files in `/proc` need every permission, whatever
 * the query says, so a read may still fail.
 */
export function mayRead(path: string): boolean {
  return deno === undefined ||
    deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** Whether requests to a URL may be sent without a prompt. */
export function mayConnect({ hostname, port, protocol }: URL): boolean {
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return deno === undefined ||
    deno.permissions.querySync({ name: "net", host }).state === "granted";
}

/** Node's file system, loaded on first use: at start it would cost Deno 9 ms and 3 MB. */
export function fileSystem(): typeof import("node:fs") {
  return nodeProcess().getBuiltinModule("node:fs");
}

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  if (deno !== undefined) return deno.stdout.isTerminal();
  // Not `process.stdout.isTTY`: that stream makes the descriptor non-blocking on some hosts. And
  // `node:tty` costs Bun 6 ms, which a service with a pipe or file as output is spared.
  try {
    if (!fileSystem().fstatSync(1).isCharacterDevice()) return false;
  } catch {
    return false; // It is closed.
  }
  return nodeProcess().getBuiltinModule("node:tty").isatty(1);
}

/** Options of `fetch` for certificates (PEM text), and a function that frees them. Throws on Node. */
export function secured(
  { ca, cert, key }: { readonly [part in "ca" | "cert" | "key"]?: string | undefined },
): { readonly init: object; close(): void } {
  if (deno !== undefined) {
    const client = deno.createHttpClient({
      ...(ca && { caCerts: [ca] }),
      ...(cert && { cert, key }),
    });
    return { init: { client }, close: () => client.close() };
  }
  if (globals.Bun !== undefined) return { init: { tls: { ca, cert, key } }, close() {} };
  throw new TypeError("Cannot use certificates: fetch of Node takes none");
}

/** Lets the process end while a timer waits. Deno's timers are numbers, others' are objects. */
export function unref(timer: unknown): void {
  if (typeof timer === "number") deno?.unrefTimer(timer);
  else (timer as { unref?(): void }).unref?.();
}

/** Whether a path may be written without a prompt. */
export function mayWrite(path: string): boolean {
  return deno === undefined ||
    deno.permissions.querySync({ name: "write", path }).state === "granted";
}

/** Whether processes may be signalled without a prompt; Deno needs permission to run any for it. */
export function mayRun(): boolean {
  return deno === undefined || deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** Whether the inspector may be used without a prompt; Deno has no narrower permission for it. */
export function mayInspect(): boolean {
  return deno === undefined || deno.permissions.querySync({ name: "sys" }).state === "granted";
}

/** All objects on the heap as Bun tells them, which blocks for long; undefined elsewhere. */
export function heapSnapshot(): unknown {
  return globals.Bun?.generateHeapSnapshot?.();
}

/** Keeps the process alive until the returned function is called, or `atMostMs` have passed. */
export function keepAlive(atMostMs = 0x7fffffff): () => void {
  const timer = setTimeout(() => {}, atMostMs);
  return () => clearTimeout(timer);
}

/**
 * The state of a module that survives its next evaluation: `bun --hot` evaluates modules again at each
 * change, in the same process, in which earlier evaluations still listen. Elsewhere the result of `make`.
 *
 * @param url the module's own `import.meta.url`: a second copy of the module has its own state
 */
export function surviving<T>(url: string, make: () => T): T {
  if (globals.Bun === undefined || !nodeProcess().execArgv.includes("--hot")) return make();
  const kept = globalThis as unknown as Record<symbol, T | undefined>;
  return kept[Symbol.for(`telltale ${url}`)] ??= make();
}

/**
 * Whether `deno serve` runs this process, and so drains it at a signal. The only sign is a main
 * module that exports a handler; to be called once that module has run.
 */
export async function isDenoServe(): Promise<boolean> {
  try {
    const main = deno === undefined ? undefined : await import(deno.mainModule);
    return typeof main?.default?.fetch === "function";
  } catch {
    return false;
  }
}
