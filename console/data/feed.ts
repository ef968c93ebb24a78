/**
 * Follows the service: first what it holds, then what comes, by number, so that nothing is missed or comes
 * twice when the connection breaks.
 *
 * @module
 */
import { batch } from "@preact/signals-core";
import { eventsOf, get, linesOf, Refusal } from "./http.ts";
import { rowOfLine } from "./logline.ts";
import { members, noteMembers } from "./members.ts";
import { history, lines, link, past, requests, state } from "./state.ts";
import type { Table } from "./table.ts";
import type { Line, State } from "./wire.ts";

/** A heartbeat comes every 5 s: after this long without anything, the connection is dead. */
const SILENCE_MS = 16_000;
/** How long a page that nobody sees keeps its connection: a browser has six for each host. */
const HIDDEN_MS = 30_000;
const RETRY_MS = [250, 1000, 2000, 5000], HISTORY = 720;
/** How often views are drawn again while rows come, and at most which part of the time that may take. */
const DRAW_MS = 500, MOST_DRAW_MS = 5000, DRAW_SHARE = 1 / 8;

/** One connection at a time, until `stop()`. */
export class Feed {
  #cursors = { rows: 0, logs: 0, events: 0 };
  #run = "";
  /** Whether what comes next is the first of all that is held. */
  #isAnew = { rows: false, logs: false };
  #stop = new AbortController();
  #isRunning = false;
  #drawn = 0;
  #drawCost = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;

  /** Begins to follow, and goes on when the page is seen again. */
  start(): void {
    let hidden: ReturnType<typeof setTimeout> | undefined;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(hidden);
      if (document.visibilityState === "visible") this.#follow();
      else hidden = setTimeout(() => this.stop(), HIDDEN_MS);
    });
    addEventListener("online", () => this.retry());
    this.#follow();
  }

  /** Ends the connection; `start` or a visible page begins another one. */
  stop(): void {
    this.#isRunning = false;
    this.#stop.abort();
    this.#wake?.();
  }

  /** Tries again at once, with another token perhaps. */
  retry(): void {
    this.#wake?.();
    this.#follow();
  }

  async #follow(): Promise<void> {
    // A tab that was opened in the background waits until it is seen: a browser has few connections.
    if (document.visibilityState !== "visible") return;
    if (this.#isRunning || link.value.kind === "file") return;
    this.#isRunning = true;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    let tries = 0;
    while (!signal.aborted) {
      try {
        await this.#connect(signal, () => tries = 0);
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        if (error instanceof Refusal && error.isOfAccess) {
          link.value = { kind: "refused", why };
          this.#isRunning = false;
          return;
        }
        this.#broke(why);
      }
      if (signal.aborted) return;
      this.#broke("the service closed it");
      await this.#pause(RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]!);
    }
  }

  #broke(why: string): void {
    if (link.value.kind !== "broken") link.value = { kind: "broken", why, sinceMs: Date.now() };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #connect(outer: AbortSignal, onLive: () => void): Promise<void> {
    const silence = new AbortController(), signal = AbortSignal.any([outer, silence.signal]);
    let guard: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(guard);
      guard = setTimeout(() => silence.abort(new Error("nothing came for 16 s")), SILENCE_MS);
    };
    try {
      heard();
      const given = await (await get("api/overview?last=1h", { signal })).json();
      if (history.value.length === 0) history.value = statesOf(given);
      past.value = given.past;
      this.#take(given);
      if (members.value === undefined) await this.#catchUpAll(signal, heard);
      // Each isolate numbers the rows of all by itself, and the next connection may lead to another one.
      else this.#forget();
      const { rows, logs, events } = this.#cursors;
      const response = await get("api/stream?want=tick,rows,logs", {
        signal,
        headers: { "last-event-id": `${rows}.${logs}.${events}` },
      });
      onLive();
      link.value = { kind: "live" };
      this.#draw();
      for await (const event of eventsOf(linesOf(response.body))) {
        heard();
        this.#event(event);
      }
    } finally {
      clearTimeout(guard);
      silence.abort();
    }
  }

  async #catchUpAll(signal: AbortSignal, heard: () => void): Promise<void> {
    await this.#catchUp("rows", requests, (fields) => fields, signal, heard);
    const rowOf = (line: Record<string, unknown>) => rowOfLine(line as unknown as Line);
    await this.#catchUp("logs", lines, rowOf, signal, heard);
  }

  /** Everything is read again from the stream. */
  #forget(): void {
    this.#cursors = { rows: 0, logs: 0, events: 0 };
    this.#isAnew = { rows: true, logs: true };
  }

  /** Everything that is held of one kind, in one answer. */
  async #catchUp(
    name: "rows" | "logs",
    table: Table,
    rowOf: (fields: Record<string, unknown>) => Record<string, unknown>,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<void> {
    const response = await get(`api/${name}?since=${this.#cursors[name]}`, { signal });
    for await (const text of linesOf(response.body)) {
      heard();
      if (text === "") continue;
      const line = JSON.parse(text);
      if (typeof line.run === "string") {
        if (this.#isOfAnotherRun(line.run)) return this.#catchUp(name, table, rowOf, signal, heard);
        // What was gone before the page asked for the first time, it has not missed.
        if (this.#cursors[name] > 0) table.miss(line.lost);
        this.#cursors[name] = line.first;
      } else if (typeof line.lost === "number") {
        table.miss(line.lost);
        this.#cursors[name] += line.lost;
      } else {
        table.add(rowOf(line.fields));
        this.#cursors[name] = line.number + 1;
      }
    }
    this.#draw();
  }

  /** Numbers of another process mean nothing: its rows are read from the first. */
  #isOfAnotherRun(run: string): boolean {
    const isAnother = this.#run !== "" && run !== this.#run;
    this.#run = run;
    if (isAnother) this.#cursors = { rows: 0, logs: 0, events: 0 };
    return isAnother;
  }

  #event({ type, data }: { type: string; data: string }): void {
    if (type === "comment") return;
    const given = JSON.parse(data);
    if (type === "tick") this.#take(given);
    else if (type === "rows") this.#add(given, "rows", requests, (row) => row);
    else if (type === "logs") {
      this.#add(given, "logs", lines, (line) => rowOfLine(line as unknown as Line));
    }
  }

  #add(
    given: { first: number; next: number; lost: number; rows: Record<string, unknown>[] },
    name: "rows" | "logs",
    table: Table,
    rowOf: (row: Record<string, unknown>) => Record<string, unknown>,
  ): void {
    // What was gone before the page asked for the first time, it has not missed.
    if (this.#isAnew[name]) table.clear();
    else table.miss(given.lost);
    this.#isAnew[name] = false;
    for (const row of given.rows) table.add(rowOf(row));
    this.#cursors[name] = given.next;
    this.#draw();
  }

  #take(given: State): void {
    noteMembers(given);
    batch(() => {
      state.value = given;
      history.value = [...history.value, given].slice(-HISTORY);
    });
  }

  /** At once if nothing was drawn for a while, else when it is time. */
  #draw(): void {
    if (this.#timer !== undefined) return;
    const pause = Math.min(MOST_DRAW_MS, Math.max(DRAW_MS, this.#drawCost / DRAW_SHARE));
    const wait = Math.max(0, this.#drawn + pause - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const begun = this.#drawn = performance.now();
      batch(() => {
        requests.touch();
        lines.touch();
      });
      // Views and pictures are drawn before the next task.
      setTimeout(() => this.#drawCost = performance.now() - begun);
    }, wait);
  }
}

/** The states from before the page was opened. */
function statesOf(given: State): readonly State[] {
  const { timeMs, heapBytes, cpu } = given.past ?? { timeMs: [], heapBytes: [], cpu: [] };
  return timeMs.map((timeMs, i) => ({
    ...given,
    timeMs,
    heapBytes: heapBytes[i] ?? undefined,
    cpu: cpu[i] ?? undefined,
  }));
}
