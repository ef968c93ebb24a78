// src/core/check.ts
var MAX_TIMER_MS = 2147483647;
function check(isRight, action, rule, value, Kind = RangeError) {
  if (!isRight) {
    throw new Kind(`Cannot ${action}: ${rule}, got ${shown(value)}`);
  }
}
function checkNumber(action, name, value, least, most = Infinity) {
  const rule = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  checkKind(least <= value && value <= most, action, name, rule, value);
}
function checkWhole(action, name, value, least = 1, most = Infinity) {
  const isRight = Number.isInteger(value) && least <= value && value <= most;
  const rule = `a whole number from ${least}${most === Infinity ? "" : ` to ${most}`}`;
  checkKind(isRight, action, name, rule, value);
}
function checkKind(isRight, action, name, rule, value) {
  const isNumber = typeof value === "number";
  const Kind = isNumber ? RangeError : TypeError;
  check(isNumber && isRight, action, `${name} must be ${rule}`, value, Kind);
}
function shown(value) {
  if (typeof value === "string") {
    return JSON.stringify(value.slice(0, 100));
  }
  if (!Array.isArray(value)) {
    return kindOf(value);
  }
  const shownOnes = value.slice(0, 10).map(shown).join(", ");
  return value.length > 10 ? `[${shownOnes}, …]` : `[${shownOnes}]`;
}
function kindOf(value) {
  if (Array.isArray(value)) {
    return "array";
  }
  const kind = typeof value;
  const isPlain = value === null || kind === "number" || kind === "boolean";
  return isPlain ? String(value) : kind;
}
function refuseUnknown(what, options, known, name) {
  requireObject(what, options, name);
  if (options === undefined) {
    return;
  }
  for (const given of Object.keys(options)) {
    if (Object.hasOwn(known, given)) {
      continue;
    }
    const where = name === undefined ? what : `${what}: ${name}`;
    throw unknownOption(where, given, nearest(given, Object.keys(known)));
  }
}
function requireObject(what, value, name = "options") {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject || value === undefined) {
    return;
  }
  throw new TypeError(`Cannot ${what}: ${name} must be an object, got ${kindOf(value)}`);
}
function unknownOption(what, name, meant) {
  const hint = meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
  return new TypeError(`Cannot ${what}: unknown option ${JSON.stringify(name)}${hint}`);
}
function nearest(name, known) {
  const given = plain(name);
  if (given.length > 40) {
    return;
  }
  let meant = given.length < 4
    ? undefined
    : known.find((candidate) => plain(candidate).startsWith(given));
  let least = meant === undefined ? Math.min(Math.floor(given.length / 3), 3) + 1 : 1;
  for (const candidate of known) {
    const slips = distance(given, plain(candidate));
    if (slips >= least) {
      continue;
    }
    least = slips;
    meant = candidate;
  }
  return meant;
}
function plain(name) {
  return name.toLowerCase().replace(/[_-]/g, "");
}
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i], above = rows[i - 1];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) {
        least = Math.min(least, rows[i - 2][j - 2] + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}

// src/core/context.ts
import { AsyncLocalStorage as AsyncLocalStorage2 } from "node:async_hooks";

// src/core/frame.ts
import { AsyncLocalStorage } from "node:async_hooks";

// src/core/platform.ts
var globals = globalThis;
var deno = globals.Bun === undefined ? globals.Deno : undefined;
function nodeProcess() {
  return globals.process;
}
var isWorker = "WorkerGlobalScope" in globalThis;
var runtime = probe();
function probe() {
  if (globals.Bun !== undefined) {
    return { name: "bun", version: globals.Bun.version };
  }
  if (deno !== undefined) {
    return { name: "deno", version: deno.version.deno };
  }
  return { name: "node", version: nodeProcess().versions.node };
}
function frameAccess() {
  const internal = deno?.internal, core = internal && deno?.[internal]?.core;
  return typeof core?.getAsyncContext === "function" && typeof core.setAsyncContext === "function"
    ? core
    : undefined;
}
function mayRead(path) {
  return deno === undefined ||
    deno.permissions.querySync({ name: "read", path }).state === "granted";
}
function unref(timer) {
  if (typeof timer === "number") {
    deno?.unrefTimer(timer);
  } else {
    timer.unref?.();
  }
}
function mayInspect() {
  return deno === undefined || deno.permissions.querySync({ name: "sys" }).state === "granted";
}
function keepAlive(atMostMs = 2147483647) {
  const timer = setTimeout(() => {}, atMostMs);
  return () => clearTimeout(timer);
}

// src/core/frame.ts
var KEY = Symbol("telltale");

class Frame {
  [KEY];
  constructor(value) {
    this[KEY] = value;
  }
}
Object.setPrototypeOf(Frame.prototype, null);
function frameOf(before, value) {
  return before == null || before instanceof Frame
    ? new Frame(value)
    : { __proto__: null, ...before, [KEY]: value };
}
function leave(after, before) {
  return frameOf(after, before?.[KEY]);
}
function frameSlot(access = frameAccess()) {
  if (access === undefined) {
    return;
  }
  const { getAsyncContext, setAsyncContext } = access;
  const slot = {
    get() {
      return getAsyncContext()?.[KEY];
    },
    run(value, fn, argument) {
      const before = getAsyncContext(), frame = frameOf(before, value);
      setAsyncContext(frame);
      try {
        return fn(argument);
      } finally {
        const after = getAsyncContext();
        setAsyncContext(after === frame ? before : leave(after, before));
      }
    },
  };
  try {
    return agrees(slot, access) ? slot : undefined;
  } catch {
    return;
  }
}
var NONE = "undefined undefined";
var EXPECTED = [
  NONE,
  ...["a b", "c b", "a d", "undefined b", "a undefined"],
  ...["f e", "undefined e", NONE],
  NONE,
].join();
function agrees(slot, { getAsyncContext, setAsyncContext }) {
  const storage = new AsyncLocalStorage(), seen = [];
  const look = () => seen.push(`${slot.get()} ${storage.getStore()}`);
  look();
  slot.run("a", () => {
    storage.run("b", () => {
      look();
      slot.run("c", look, 0);
      storage.run("d", look);
      slot.run(undefined, look, 0);
    });
    look();
  }, 0);
  storage.run("e", () => {
    slot.run("f", look, 0);
    look();
    const frame = getAsyncContext();
    setAsyncContext(undefined);
    look();
    setAsyncContext(frame);
  });
  look();
  return seen.join() === EXPECTED;
}

// src/core/context.ts
var slot = frameSlot() ?? storageSlot();
function storageSlot() {
  const storage = new AsyncLocalStorage2();
  return {
    get: () => storage.getStore(),
    run: (context, fn, argument) => storage.run(context, fn, argument),
  };
}
function run(context, fn) {
  return slot.run(context, call, fn);
}
function call(fn) {
  return fn();
}
function outside(fn) {
  return slot.get() === undefined ? fn() : run(undefined, fn);
}
var atStart = AsyncLocalStorage2.snapshot();
function load(code) {
  return atStart(code);
}

// src/core/clock.ts
var machine = performance;
var systemClock = {
  monotonic: () => machine.now(),
  now: () => Date.now(),
  after(ms, fn) {
    const timer = outside(() => setTimeout(fn, Math.min(ms, MAX_TIMER_MS)));
    unref(timer);
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = outside(() => setInterval(fn, Math.min(ms, MAX_TIMER_MS)));
    unref(timer);
    return () => clearInterval(timer);
  },
};

// src/profile/capture/options.ts
var MAX_SECONDS = 300;
var KNOWN_CPU = {
  seconds: true,
  intervalMicros: true,
  signal: true,
  clock: true,
};
function checkCpuOptions(options) {
  const what = "profile CPU";
  refuseUnknown(what, options, KNOWN_CPU);
  const { seconds, intervalMicros = 1000 } = options ?? {};
  checkNumber(what, "seconds", seconds, 0.01, MAX_SECONDS);
  checkWhole(what, "intervalMicros", intervalMicros, 100, 1e6);
  checkSignal(what, options.signal);
}
function checkSignal(what, signal) {
  const isSignal = signal === undefined || typeof signal?.addEventListener === "function";
  check(isSignal, what, "signal must be an AbortSignal", signal, TypeError);
}
function waitFor(seconds, { signal, clock = systemClock }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      return reject(signal.reason);
    }
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(seconds * 1000, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

// src/profile/sample/places.ts
var ANY_COLUMN = 9999;
var asGiven = (url, line) => ({ file: pathOf(url), line });
function pathOf(url) {
  if (!url.startsWith("file://")) {
    return url;
  }
  const path = url.slice("file://".length);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

class FrameTable {
  frames = [];
  #locate;
  #byKey = new Map();
  constructor(locate) {
    this.#locate = locate;
  }
  indexOf({ functionName, url, lineNumber, columnNumber }, line) {
    const name = functionName === "" ? "(anonymous)" : functionName;
    const isKnown = url !== "" && lineNumber >= 0;
    const start = isKnown
      ? this.#locate(url, lineNumber + 1, columnNumber)
      : { file: pathOf(url), line: 0 };
    const isElsewhere = isKnown && line !== undefined && line !== lineNumber + 1;
    const place = isElsewhere ? this.#locate(url, line, ANY_COLUMN) : start;
    const at = place.file === start.file ? place.line : start.line;
    return this.add({ name, file: start.file, line: at, startLine: start.line });
  }
  add(frame) {
    const key = `${frame.line} ${frame.startLine} ${frame.name}
${frame.file}`;
    let index = this.#byKey.get(key);
    if (index === undefined) {
      index = this.frames.push(frame) - 1;
      this.#byKey.set(key, index);
    }
    return index;
  }
}

// src/profile/sample/cpu.ts
function cpuData(
  samples,
  { startMs, durationMs, intervalMicros, comments = [] },
  locate,
  labelsOf = () => {
    return;
  },
) {
  const { nodes, parents } = samples;
  const table = new FrameTable(locate);
  const outer = nodes.map(({ callFrame }) => table.indexOf(callFrame));
  const stacks = [];
  for (const { node, labels, samples: count, micros } of sums(samples, labelsOf)) {
    const callers = [];
    for (let at = parents[node]; at !== -1; at = parents[at]) {
      if (parents[at] !== -1) {
        callers.push(outer[at]);
      }
    }
    let restCount = count, restNanos = Math.round(micros * 1000);
    const lines = linesOf(nodes[node]);
    lines.forEach(({ line, share }, i) => {
      const isLast = i === lines.length - 1;
      const ours = isLast ? restCount : Math.min(restCount, Math.round(count * share));
      const nanos = isLast ? restNanos : Math.round(micros * 1000 * share);
      restCount -= ours;
      restNanos -= nanos;
      const leaf = table.indexOf(nodes[node].callFrame, line);
      if (nanos > 0) {
        stacks.push({ frames: [leaf, ...callers], values: [ours, nanos], labels });
      }
    });
  }
  return {
    kind: "cpu",
    types: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: intervalMicros * 1000,
    startMs,
    durationMs,
    frames: table.frames,
    stacks,
    comments,
  };
}
function sums({ sampled, micros }, labelsOf) {
  const byKey = new Map();
  sampled.forEach((node, i) => {
    if (!(micros[i] > 0)) {
      return;
    }
    const labels = labelsOf(i);
    const key = labels === undefined ? String(node) : `${node} ${JSON.stringify(labels)}`;
    let sum = byKey.get(key);
    if (sum === undefined) {
      byKey.set(key, sum = { node, labels, samples: 0, micros: 0 });
    }
    sum.samples++;
    sum.micros += micros[i];
  });
  return byKey.values();
}
function linesOf({ positionTicks = [] }) {
  const ticks = new Map();
  let total = 0;
  for (const { line, ticks: count } of positionTicks) {
    ticks.set(line, (ticks.get(line) ?? 0) + count);
    total += count;
  }
  if (total === 0) {
    return [{ line: undefined, share: 1 }];
  }
  return [...ticks].map(([line, count]) => ({ line, share: count / total }));
}

// src/profile/sample/timeline.ts
var AWAKE_GAPS = 2;
var NOT_WORK = new Set(["(root)", "(idle)"]);
function timeline(raw, engine, periodMicros) {
  const { nodes, samples = [], timeDeltas = [] } = raw;
  const indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  const parents = new Int32Array(nodes.length).fill(-1);
  nodes.forEach(({ children = [] }, index) => {
    for (const id of children) {
      parents[indexes.get(id)] = index;
    }
  });
  const count = Math.min(samples.length, timeDeltas.length);
  const times = new Float64Array(count);
  let time = raw.startTime;
  for (let i = 0; i < count; i++) {
    times[i] = time += timeDeltas[i];
  }
  const order = Array.from(times.keys()).sort((a, b) => times[a] - times[b]);
  const sampled = new Int32Array(count), atMicros = new Float64Array(count);
  order.forEach((from, to) => {
    sampled[to] = indexes.get(samples[from]) ?? -1;
    atMicros[to] = times[from];
  });
  const gaps = atMicros.map((at, i) => i + 1 < count ? atMicros[i + 1] - at : periodMicros);
  const most = engine === "jsc" ? AWAKE_GAPS * median(gaps) : Infinity;
  const micros = gaps.map((gap, i) => {
    const node = nodes[sampled[i]];
    const counts = node !== undefined && !NOT_WORK.has(node.callFrame.functionName);
    return counts ? Math.min(gap, most) : 0;
  });
  return { nodes, parents, sampled, atMicros, micros };
}
function median(values) {
  return values.toSorted()[values.length >> 1] ?? 0;
}

// src/profile/source/sources.ts
import { readFile, stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

// src/profile/source/source_map.ts
var DIGITS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) {
  DIGITS["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(i)] = i;
}
var COMMA = 44;
var SEMICOLON = 59;

class SourceMap {
  #sources;
  #lines;
  #columns;
  #origins;
  #originLines;
  constructor(text, url) {
    const map = JSON.parse(text.replace(/^\)\]\}'.*\n/, ""));
    const { mappings, sources, sourceRoot = "" } = map ?? {};
    if (map?.version !== 3 || typeof mappings !== "string" || !Array.isArray(sources)) {
      throw new SyntaxError("Cannot read source map: it must be of version 3, with mappings");
    }
    const root = typeof sourceRoot === "string" && sourceRoot !== ""
      ? sourceRoot.replace(/\/*$/, "/")
      : "";
    this.#sources = sources.map((source) => {
      const path = root + String(source ?? "");
      return URL.parse(path, url)?.href ?? path;
    });
    const lines = [0], columns = [], origins = [], originLines = [];
    let column = 0, origin = 0, originLine = 0;
    for (let at = 0; at < mappings.length;) {
      const code = mappings.charCodeAt(at);
      if (code === SEMICOLON) {
        lines.push(columns.length);
        column = 0;
        at++;
        continue;
      }
      if (code === COMMA) {
        at++;
        continue;
      }
      const fields = [];
      while (at < mappings.length) {
        const digit = mappings.charCodeAt(at);
        if (digit === COMMA || digit === SEMICOLON) {
          break;
        }
        let value = 0, shift = 0, more = true;
        while (more) {
          const bits = DIGITS[mappings.charCodeAt(at++)] ?? -1;
          if (bits === -1) {
            throw new SyntaxError("Cannot read source map: mappings are damaged");
          }
          value += (bits & 31) * 2 ** shift;
          shift += 5;
          more = (bits & 32) !== 0;
        }
        fields.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
      }
      column += fields[0];
      columns.push(column);
      if (fields.length < 4) {
        origins.push(-1);
        originLines.push(0);
        continue;
      }
      origins.push(origin += fields[1]);
      originLines.push(originLine += fields[2]);
    }
    lines.push(columns.length);
    this.#lines = lines;
    this.#columns = Int32Array.from(columns);
    this.#origins = Int32Array.from(origins);
    this.#originLines = Int32Array.from(originLines);
  }
  locate(line, column) {
    let low = this.#lines[line - 1] ?? 0, high = this.#lines[line] ?? low;
    const first = low;
    while (low < high) {
      const middle = low + high >> 1;
      if (this.#columns[middle] <= column) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const segment = Math.max(low - 1, first);
    const url = this.#sources[this.#origins[segment] ?? -1];
    if (url === undefined || segment >= (this.#lines[line] ?? first)) {
      return;
    }
    return { url, line: this.#originLines[segment] + 1 };
  }
}

// src/profile/source/traced_positions.ts
var FRAME = /^\s*at (?:.* \()?(.+):(\d+):\d+\)?$/m;
function tracedPosition(url, line, column) {
  const { runInThisContext } = nodeProcess().getBuiltinModule("node:vm");
  const errors = Error;
  const { stackTraceLimit, prepareStackTrace } = errors;
  try {
    errors.stackTraceLimit = 1;
    errors.prepareStackTrace = undefined;
    const options = { filename: url, lineOffset: line - 1, columnOffset: column };
    const stack = runInThisContext("new Error().stack", options);
    const [, file, found] = FRAME.exec(String(stack)) ?? [];
    return file === undefined ? undefined : { url: file, line: Number(found) };
  } catch {
    return;
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
    errors.prepareStackTrace = prepareStackTrace;
  }
}

// src/profile/source/sources.ts
var MAX_SCRIPTS = 200;
var MAX_POSITIONS = 20000;
var MAX_BYTES = 16 * 1024 * 1024;
var TRACED_AT_ONCE = 20;

class Sources {
  #maps = new Map();
  #traced = new Map();
  async of(positions) {
    let count = 0;
    for (const { url, line, column } of positions) {
      if (isTranspiled(url)) {
        if (this.#trace(url, line, column) && ++count % TRACED_AT_ONCE === 0) {
          await setImmediate();
        }
      } else if (!this.#maps.has(url)) {
        if (this.#maps.size >= MAX_SCRIPTS) {
          this.#maps.clear();
        }
        this.#maps.set(url, await mapOf(url));
      }
    }
    return (url, line, column) => this.#locate(url, line, column);
  }
  #locate(url, line, column) {
    const traced = this.#traced.get(keyOf(url, line, column));
    if (traced !== undefined) {
      return traced;
    }
    const found = this.#maps.get(url)?.locate(line, column);
    return found === undefined
      ? asGiven(url, line, column)
      : { file: pathOf(found.url), line: found.line };
  }
  #trace(url, line, column) {
    const key = keyOf(url, line, column);
    if (this.#traced.has(key)) {
      return false;
    }
    if (this.#traced.size >= MAX_POSITIONS) {
      this.#traced.clear();
    }
    const found = tracedPosition(url, line, column) ?? { url, line };
    this.#traced.set(key, { file: pathOf(found.url), line: found.line });
    return true;
  }
}
function keyOf(url, line, column) {
  return `${line}:${column} ${url}`;
}
function isTranspiled(url) {
  return deno !== undefined && /^(file|https?):.*\.([mc]?ts|[tj]sx)$/.test(url);
}
var COMMENT = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm;
async function mapOf(url) {
  if (!url.startsWith("file://") || !/\.[mc]?js$/.test(url)) {
    return;
  }
  try {
    const text = await textOf(pathOf(url));
    if (text === undefined) {
      return;
    }
    const named = [...text.matchAll(COMMENT)].at(-1)?.[1];
    if (named?.startsWith("data:")) {
      return new SourceMap(await (await fetch(named)).text(), url);
    }
    const mapUrl = new URL(named ?? `${url}.map`, url).href;
    const map = await textOf(pathOf(mapUrl));
    return map === undefined ? undefined : new SourceMap(map, mapUrl);
  } catch {
    return;
  }
}
async function textOf(path) {
  if (!mayRead(path) || (await stat(path)).size > MAX_BYTES) {
    return;
  }
  return await readFile(path, "utf8");
}

// src/profile/format/folded.ts
function encodeFolded({ frames, stacks, types }) {
  const isTime = types.at(-1).unit === "nanoseconds";
  const sums = new Map();
  const names = frames.map(nameOf);
  for (const { frames: indexes, values } of stacks) {
    const key = indexes.toReversed().map((index) => names[index]).join(";");
    sums.set(key, (sums.get(key) ?? 0) + values.at(-1));
  }
  const lines = [...sums].map(([key, sum]) =>
    `${key} ${Math.round(isTime ? sum / 1000 : sum)}
`
  );
  return lines.sort().join("");
}
function nameOf({ name, file, startLine }) {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const place = base === "" ? "" : startLine > 0 ? ` (${base}:${startLine})` : ` (${base})`;
  return (name + place).replace(/[;\r\n]/g, "_");
}

// src/core/protobuf.ts
var VARINT = 0;
var FIXED64 = 1;
var LENGTH = 2;
var FIXED32 = 5;
var WORD_16 = 2 ** 16;
var WORD_32 = 2 ** 32;
var NS_PER_MS = 1e6;
var MAX_TIME_MS = 2 ** 64 / NS_PER_MS;
var encoder = new TextEncoder();
var NIBBLES = new Uint8Array(128);
for (let value = 0; value < 16; value++) {
  NIBBLES["0123456789abcdef".charCodeAt(value)] = value;
}

class ProtoWriter {
  #bytes;
  #view;
  #length = 0;
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }
  get length() {
    return this.#length;
  }
  uint(field, value) {
    this.#tag(field, VARINT);
    this.#varint(value);
  }
  sint(field, value) {
    this.#tag(field, VARINT);
    const isExact = value > -(2 ** 52) && value < 2 ** 52;
    const whole = isExact ? value : BigInt(value);
    if (typeof whole === "bigint") {
      this.#varint(whole < 0n ? -2n * whole - 1n : 2n * whole);
    } else {
      this.#varint(whole < 0 ? -2 * whole - 1 : 2 * whole);
    }
  }
  bool(field, value) {
    this.uint(field, value ? 1 : 0);
  }
  double(field, value) {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }
  fixed64(field, value) {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, BigInt(value)), true);
    this.#length += 8;
  }
  unixNano(field, timeMs, laterMs = 0) {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    let high = 0, low = 0;
    if (timeMs >= 0 && timeMs + laterMs <= MAX_TIME_MS) {
      const ms = Math.floor(timeMs), laterNs = Math.round(laterMs * NS_PER_MS);
      const msHigh = Math.floor(ms / WORD_16), nsHigh = msHigh * NS_PER_MS;
      const carry = Math.floor(nsHigh / WORD_16), laterHigh = Math.floor(laterNs / WORD_32);
      const rest = (nsHigh - carry * WORD_16) * WORD_16 + (ms - msHigh * WORD_16) * NS_PER_MS +
        Math.round((timeMs - ms) * NS_PER_MS) + (laterNs - laterHigh * WORD_32);
      const restHigh = Math.floor(rest / WORD_32);
      high = carry + laterHigh + restHigh;
      low = rest - restHigh * WORD_32;
      if (!(high >= 0 && high < WORD_32)) {
        high = low = 0;
      }
    }
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }
  fixed32(field, value) {
    this.#tag(field, FIXED32);
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }
  text(field, value) {
    const { length } = value;
    if (field > 15 || length > 127) {
      return this.#longText(field, value);
    }
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = field << 3 | LENGTH;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        return this.#longText(field, value);
      }
      bytes[at++] = code;
    }
    this.#length = at;
  }
  #longText(field, value) {
    const start = this.open(field);
    this.#reserve(value.length * 3);
    this.#length += encoder.encodeInto(value, this.#bytes.subarray(this.#length)).written;
    this.close(start);
  }
  bytes(field, value) {
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.raw(value);
  }
  hex(field, digits) {
    this.#tag(field, LENGTH);
    const end = digits.length & ~1;
    this.#varint(end >> 1);
    this.#reserve(end >> 1);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < end; i += 2) {
      bytes[at++] = NIBBLES[digits.charCodeAt(i)] << 4 | NIBBLES[digits.charCodeAt(i + 1)];
    }
    this.#length = at;
  }
  message(field, write) {
    const start = this.open(field);
    write();
    this.close(start);
  }
  open(field, width = 1) {
    this.#tag(field, LENGTH);
    this.#reserve(width);
    const start = this.#length;
    this.#length = start + width;
    return start;
  }
  close(start, width = 1) {
    const size = this.#length - start - width;
    if (size < 128 && width === 1) {
      this.#bytes[start] = size;
      return 1;
    }
    const needed = widthOf(size);
    if (needed !== width) {
      this.#reserve(4);
      this.#bytes.copyWithin(start + needed, start + width, this.#length);
    }
    this.#length = start;
    this.#varint(size);
    this.#length += size;
    return needed;
  }
  delimited(write) {
    this.#reserve(1);
    const start = this.#length++;
    write();
    this.close(start);
  }
  lengthOf(sizeBytes) {
    this.#varint(sizeBytes);
  }
  since(start) {
    return this.#bytes.slice(start, this.#length);
  }
  raw(bytes) {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  doubles(field, values) {
    this.message(field, () => {
      this.#reserve(values.length * 8);
      for (const value of values) {
        this.#view.setFloat64(this.#length, value, true);
        this.#length += 8;
      }
    });
  }
  fixed64s(field, values) {
    this.message(field, () => {
      this.#reserve(values.length * 8);
      for (const value of values) {
        this.#view.setBigUint64(this.#length, BigInt(value), true);
        this.#length += 8;
      }
    });
  }
  uints(field, values) {
    this.message(field, () => {
      for (const value of values) {
        this.#varint(value);
      }
    });
  }
  finish() {
    return this.#bytes.subarray(0, this.#length);
  }
  #tag(field, wireType) {
    if (field > 15) {
      return this.#varint(field * 8 + wireType);
    }
    this.#reserve(1);
    this.#bytes[this.#length++] = field << 3 | wireType;
  }
  #varint(value) {
    this.#reserve(10);
    if (typeof value === "bigint" || value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.#varint64(value);
      return;
    }
    const bytes = this.#bytes;
    let at = this.#length, rest = value;
    while (rest > 2147483647) {
      bytes[at++] = rest % 128 | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[at++] = rest & 127 | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }
  #varint64(value) {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }
  #reserve(more) {
    if (this.#length + more > this.#bytes.length) {
      this.#grow(this.#length + more);
    }
  }
  #grow(needed) {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
function widthOf(size) {
  return size < 1 << 7 ? 1 : size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5;
}

// src/profile/format/pprof.ts
function encodePprof(data) {
  const writer = new ProtoWriter(4096), texts = new TextTable(), functions = new FunctionTable();
  const valueType = (field, { type, unit }) => {
    const start = writer.open(field);
    writer.uint(1, texts.indexOf(type));
    writer.uint(2, texts.indexOf(unit));
    writer.close(start);
  };
  for (const type of data.types) {
    valueType(1, type);
  }
  for (const { frames, values, labels = {} } of data.stacks) {
    const start = writer.open(2);
    writer.uints(1, frames.map((index) => index + 1));
    writer.uints(2, values);
    for (const [key, text] of Object.entries(labels)) {
      const label = writer.open(3);
      writer.uint(1, texts.indexOf(key));
      writer.uint(2, texts.indexOf(text));
      writer.close(label);
    }
    writer.close(start);
  }
  const mapping = writer.open(3);
  writer.uint(1, 1);
  writer.uint(5, texts.indexOf("application"));
  for (const has of [7, 8, 9]) {
    writer.bool(has, true);
  }
  writer.close(mapping);
  data.frames.forEach((frame, index) => {
    const location = writer.open(4);
    writer.uint(1, index + 1);
    writer.uint(2, 1);
    const line = writer.open(4);
    writer.uint(1, functions.idOf(frame));
    writer.uint(2, frame.line);
    writer.close(line);
    writer.close(location);
  });
  functions.each((id, { name, file, startLine }) => {
    const start = writer.open(5);
    writer.uint(1, id);
    writer.uint(2, texts.indexOf(name));
    writer.uint(3, texts.indexOf(name));
    writer.uint(4, texts.indexOf(file));
    writer.uint(5, startLine);
    writer.close(start);
  });
  writer.uint(9, nanos(data.startMs));
  writer.uint(10, nanos(data.durationMs));
  valueType(11, data.periodType);
  writer.uint(12, Math.round(data.period));
  for (const comment of data.comments) {
    writer.uint(13, texts.indexOf(comment));
  }
  writer.uint(14, texts.indexOf(data.types.at(-1).type));
  for (const text of texts) {
    writer.text(6, text);
  }
  return writer.finish();
}
function nanos(ms) {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

class TextTable {
  #indexes = new Map([["", 0]]);
  indexOf(text) {
    const { size } = this.#indexes;
    const index = this.#indexes.get(text) ?? size;
    if (index === size) {
      this.#indexes.set(text, index);
    }
    return index;
  }
  [Symbol.iterator]() {
    return this.#indexes.keys();
  }
}

class FunctionTable {
  #ids = new Map();
  idOf(frame) {
    const key = `${frame.startLine} ${frame.name}
${frame.file}`;
    const known = this.#ids.get(key);
    if (known !== undefined) {
      return known.id;
    }
    const id = this.#ids.size + 1;
    this.#ids.set(key, { id, frame });
    return id;
  }
  each(use) {
    for (const { id, frame } of this.#ids.values()) {
      use(id, frame);
    }
  }
}

// src/profile/format/speedscope.ts
function encodeSpeedscope(data, name) {
  const { frames, stacks, types } = data, last = types.length - 1;
  const weights = stacks.map(({ values }) => values[last]);
  const unit = types[last].unit === "bytes" ? "bytes" : "nanoseconds";
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    shared: {
      frames: frames.map(({ name, file, line }) => ({
        name,
        ...file !== "" && { file },
        ...line > 0 && { line },
      })),
    },
    profiles: [{
      type: "sampled",
      name,
      unit,
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: stacks.map(({ frames }) => frames.toReversed()),
      weights,
    }],
    name,
    activeProfileIndex: 0,
    exporter: "telltale",
  });
}

// src/profile/format/profile.ts
class Profile {
  data;
  constructor(data) {
    this.data = data;
  }
  total(type = this.data.types.at(-1).type) {
    const index = this.data.types.findIndex((known) => known.type === type);
    if (index === -1) {
      const types = this.data.types.map(({ type }) => type).join(", ");
      throw new RangeError(`Cannot sum profile: type must be one of ${types}, got "${type}"`);
    }
    return this.data.stacks.reduce((sum, { values }) => sum + values[index], 0);
  }
  async pprof() {
    const body = new Blob([encodePprof(this.data)]).stream();
    const gzipped = body.pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(gzipped).arrayBuffer());
  }
  folded() {
    return encodeFolded(this.data);
  }
  speedscope() {
    const { kind, startMs } = this.data;
    return encodeSpeedscope(this.data, `${kind} ${new Date(startMs).toISOString()}`);
  }
}

// src/profile/capture/error.ts
class ProfileError extends Error {
  reason;
  constructor(reason, message, options) {
    super(message, options);
    this.name = "ProfileError";
    this.reason = reason;
  }
}

// src/profile/capture/inspector.ts
class Inspector {
  #module;
  #session;
  constructor(module) {
    this.#module = module;
    this.#session = new module.Session();
    this.#session.connect();
  }
  static async connect() {
    if (!mayInspect()) {
      throw new ProfileError(
        "permission",
        "Cannot profile: Deno must be run with --allow-sys, because no narrower permission covers " +
          "the inspector",
      );
    }
    try {
      return new Inspector(await load(() => import("node:inspector")));
    } catch (cause) {
      const message = "Cannot profile: this runtime gives no inspector session";
      throw new ProfileError("unsupported", message, { cause });
    }
  }
  post(method, parameters = {}) {
    const session = this.#session;
    return new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => {
        if (error) {
          reject(error);
        } else {
          resolve(result);
        }
      });
    });
  }
  on(event, listener) {
    this.#session.on(event, ({ params }) => listener(params));
  }
  get console() {
    return this.#module.console;
  }
  close() {
    this.#session.disconnect();
  }
}

// src/profile/capture/recorder.ts
var ENGINE = runtime.name === "bun" ? "jsc" : "v8";
var now = () => performance.now();

class Recorder {
  startBlockMs = 0;
  intervalMicros;
  inspector;
  #begun = false;
  constructor(inspector, intervalMicros) {
    this.inspector = inspector;
    this.intervalMicros = intervalMicros;
  }
  static async open(intervalMicros) {
    const inspector = ENGINE === "jsc"
      ? await (only ??= Inspector.connect())
      : await Inspector.connect();
    try {
      await inspector.post("Profiler.enable");
      await inspector.post("Profiler.setSamplingInterval", { interval: intervalMicros });
    } catch (error) {
      if (ENGINE === "v8") {
        inspector.close();
      }
      throw refusalOf(error);
    }
    return ENGINE === "v8"
      ? new V8Recorder(inspector, intervalMicros)
      : new JscRecorder(inspector, intervalMicros);
  }
  async begin() {
    const before = now();
    const window = await this.start();
    if (!this.#begun) {
      this.startBlockMs = now() - before;
    }
    this.#begun = true;
    return window;
  }
}
var only;
var TITLE = "telltale ";
var windows = 0;

class V8Recorder extends Recorder {
  overlaps = true;
  #waiting = new Map();
  constructor(inspector, intervalMicros) {
    super(inspector, intervalMicros);
    inspector.on("Profiler.consoleProfileFinished", (finished) => {
      const { title = "" } = finished;
      this.#waiting.get(title)?.(finished);
      this.#waiting.delete(title);
    });
  }
  async rotate(window) {
    const next = await this.start();
    return { next, recording: await this.end(window) };
  }
  async end({ title, startMs }) {
    const finished = new Promise((resolve) => this.#waiting.set(title, resolve));
    const endMs = now();
    this.inspector.console.profileEnd(title);
    const { profile: raw } = await finished;
    return { raw, startMs, endMs, offsetMicros: endMs * 1000 - raw.endTime };
  }
  async close() {
    await this.inspector.post("Profiler.disable").catch(() => {});
    this.inspector.close();
  }
  start() {
    const title = TITLE + ++windows, startMs = now();
    this.inspector.console.profile(title);
    return Promise.resolve({ title, startMs });
  }
}

class JscRecorder extends Recorder {
  overlaps = false;
  async rotate(window) {
    const recording = await this.end(window);
    return { next: await this.start(), recording };
  }
  async end({ startMs }) {
    const endMs = now();
    try {
      const { profile: raw } = await this.inspector.post("Profiler.stop");
      return { raw, startMs, endMs, offsetMicros: -performance.timeOrigin * 1000 };
    } catch (error) {
      throw refusalOf(error);
    }
  }
  close() {
    return Promise.resolve();
  }
  async start() {
    const startMs = now();
    await this.inspector.post("Profiler.start");
    return { title: "", startMs };
  }
}
function refusalOf(error) {
  const message = String(error?.message ?? error);
  if (/while profiler is running|when profiling/.test(message)) {
    return new ProfileError(
      "busy",
      "Cannot profile: another profiler runs in this process, and this runtime has one for all",
      { cause: error },
    );
  }
  if (/not started/.test(message)) {
    const why = "Cannot profile: another user of this runtime's only profiler has stopped it";
    return new ProfileError("stopped", why, { cause: error });
  }
  return new ProfileError("unsupported", `Cannot profile: ${message}`, { cause: error });
}
function cpuSeconds() {
  const { user, system } = nodeProcess().cpuUsage();
  return (user + system) / 1e6;
}

// src/profile/capture/read.ts
var sources = new Sources();
async function readCpu(recording, { intervalMicros, startMs, comments = [], label }) {
  const { raw } = recording;
  const samples = timeline(raw, ENGINE, intervalMicros);
  const locate = await sources.of(positionsOf(raw));
  const taken = {
    startMs,
    durationMs: recording.endMs - recording.startMs,
    intervalMicros,
    comments: [`runtime: ${runtime.name} ${runtime.version}`, ...comments],
  };
  return new Profile(cpuData(samples, taken, locate, label?.(samples, recording)));
}
function* positionsOf({ nodes }) {
  for (const { callFrame, positionTicks = [] } of nodes) {
    yield* positionOf(callFrame);
    const { url, lineNumber } = callFrame;
    for (const { line } of positionTicks) {
      if (url !== "" && line !== lineNumber + 1) {
        yield { url, line, column: ANY_COLUMN };
      }
    }
  }
}
function* positionOf(frame) {
  const { url, lineNumber, columnNumber: column } = frame;
  if (url !== "" && lineNumber >= 0) {
    yield { url, line: lineNumber + 1, column };
  }
}

// src/profile/capture/turn.ts
var taken = new Set();
var background;
function takeTurn(kind) {
  if (taken.has(kind)) {
    throw new ProfileError("busy", `Cannot profile: another ${kind} profile is being taken`);
  }
  taken.add(kind);
  return () => void taken.delete(kind);
}
async function openTurn(intervalMicros) {
  const behind = background, shared = behind?.recorder;
  if (shared?.overlaps === true) {
    if (intervalMicros === undefined || intervalMicros === shared.intervalMicros) {
      return { recorder: shared, close: () => Promise.resolve() };
    }
    return own(intervalMicros);
  }
  await behind?.pause();
  try {
    const { recorder, close } = await own(intervalMicros ?? 1000);
    return { recorder, close: () => close().finally(() => behind?.resume()) };
  } catch (error) {
    behind?.resume();
    throw error;
  }
}
async function own(intervalMicros) {
  const recorder = await Recorder.open(intervalMicros);
  return { recorder, close: () => recorder.close() };
}

// src/profile/capture/cpu_profile.ts
function cpuProfile(options) {
  return captureCpu(options);
}
async function captureCpu(options, label, onStart) {
  checkCpuOptions(options);
  const { seconds, clock = systemClock } = options;
  const release = takeTurn("cpu"), letEnd = keepAlive();
  try {
    const { recorder, close } = await openTurn(options.intervalMicros);
    try {
      const startMs = clock.now(), cpuBefore = cpuSeconds();
      const window = await recorder.begin();
      onStart?.(recorder.startBlockMs);
      let wasAborted;
      await waitFor(seconds, options).catch((reason) => wasAborted = { reason });
      const recording = await recorder.end(window);
      if (wasAborted !== undefined) {
        throw wasAborted.reason;
      }
      const { intervalMicros } = recorder;
      const used = (cpuSeconds() - cpuBefore).toFixed(3);
      const comments = [`process CPU time: ${used} s`];
      return await readCpu(recording, { intervalMicros, startMs, comments, label });
    } finally {
      await close();
    }
  } finally {
    release();
    letEnd();
  }
}
// tests/profile/load.ts
function kernel(seed) {
  let x = seed | 0;
  for (let i = 0; i < 4000; i++) {
    x = (x ^ x << 13) + 1;
    x = x ^ x >>> 17;
    x = (x ^ x << 5) + 3;
    x = x ^ x >>> 7;
    x = (x ^ x << 11) + 5;
    x = x ^ x >>> 19;
    x = (x ^ x << 3) + 7;
    x = x ^ x >>> 9;
    x = (x ^ x << 15) + 9;
    x = x ^ x >>> 4;
    x = (x ^ x << 7) + 11;
    x = x ^ x >>> 21;
    x = (x ^ x << 9) + 13;
    x = x ^ x >>> 13;
    x = (x ^ x << 2) + 15;
    x = x ^ x >>> 8;
    x = (x ^ x << 6) + 17;
    x = x ^ x >>> 10;
    x = (x ^ x << 12) + 19;
    x = x ^ x >>> 3;
    x = (x ^ x << 4) + 21;
    x = x ^ x >>> 16;
    x = (x ^ x << 14) + 23;
    x = x ^ x >>> 5;
  }
  return x;
}
function burnThree(seed) {
  const parts = { first: kernel(seed), second: kernel(seed + 1) };
  return kernel(seed + 2) + parts.first + parts.second;
}
function burnOne(seed) {
  const result = kernel(seed);
  return result + 1;
}
var WORK = [
  burnThree,
  burnOne,
  (seed) => seed + 1,
  (seed) => seed + 2,
  (seed) => seed + 3,
  (seed) => seed + 4,
  (seed) => seed + 5,
  (seed) => seed + 6,
];
function burn(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds * WORK.length; i++) {
    sum += WORK[i % WORK.length](i);
  }
  return sum;
}

// tests/profile/bundled_child.ts
var options = { seconds: 0.3 };
burn(20);
var profiling = cpuProfile(options);
var timer = setInterval(() => burn(5), 1);
var { data } = await profiling;
clearInterval(timer);
var names = ["burnThree", burnOne.name, "kernel"];
var places = data.frames.filter(({ name }) => names.includes(name)).map((frame) =>
  `${frame.name} ${frame.file.split("/").slice(-2).join("/")}:${frame.startLine}`
);
console.log(
  [...new Set(places)].sort().join(`
`),
);

//# debugId=9937B5152EC41D4C64756E2164756E21
//# sourceMappingURL=out.mjs.map
