/**
 * Pushes profiles to Pyroscope.
 *
 * @see {@link https://grafana.com/docs/pyroscope/latest/reference-server-api/}
 * @module
 */
import { check, checkWhole, requireObject } from "../../core/check.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { type PushOptions, type PushResult, PushTarget } from "./target.ts";

/** Options of {@linkcode Pyroscope}. */
export interface PyroscopeOptions extends Omit<PushOptions, "escaping"> {
  /** The name of the service. */
  readonly name: string;
  /** Labels of all its profiles. Their names are letters, digits and `_`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The most profiles that wait; the oldest are dropped. @default 10 */
  readonly maxQueued?: number | undefined;
}

/** A profile to push. */
export interface PushedProfile {
  /** In the format of pprof, gzipped. */
  readonly pprof: Uint8Array<ArrayBuffer>;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** How long it took. */
  readonly durationMs: number;
}

/** What became of the profiles: those added are pushed, dropped or queued. */
export interface PyroscopeCounts {
  /** All of them. */
  readonly added: number;
  /** Delivered. */
  readonly pushed: number;
  /** Not delivered in time, or pushed out by newer ones. */
  readonly dropped: number;
  /** Waiting, or being sent. */
  readonly queued: number;
}

const WHAT = "push to Pyroscope";
/** Bytes that no profile has: it is gzipped, and this is no part of a header. */
const BOUNDARY = "telltale-profile-7d3b1f9a2c64e805";
const MAX_QUEUED = 10;

/**
 * Sends profiles to Pyroscope's `/ingest`, one after the other. Nothing here throws or rejects once it is
 * made: what is not delivered within the deadline is dropped, counted, and told as a fault.
 */
export class Pyroscope {
  readonly #target: PushTarget;
  readonly #name: string;
  readonly #maxQueued: number;
  readonly #queue: PushedProfile[] = [];
  #sending: Promise<void> | undefined;
  #inFlight = 0;
  #added = 0;
  #pushed = 0;
  #dropped = 0;
  #isClosed = false;

  /**
   * Sends nothing yet.
   *
   * @throws {TypeError} for an unknown option, a URL, a header, a name or a label that is not valid
   * @throws {RangeError} for a number that is out of range
   */
  constructor(options: PyroscopeOptions) {
    this.#target = new PushTarget("Pyroscope", options, {
      name: true,
      labels: true,
      maxQueued: true,
    });
    requireObject(WHAT, options.labels, "labels");
    const { name, labels = {}, maxQueued = MAX_QUEUED } = options;
    const isName = typeof name === "string" && /^[^{}]+$/.test(name);
    check(isName, WHAT, "name must be a non-empty string without { and }", name, TypeError);
    checkWhole(WHAT, "maxQueued", maxQueued, 1);
    for (const label of Object.keys(labels)) {
      const isLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label);
      check(isLabel, WHAT, "a label must match [a-zA-Z_][a-zA-Z0-9_]*", label, TypeError);
    }
    // The name is a list in braces, which has no escapes.
    const list = Object.entries(labels).map(([key, value]) =>
      `${key}=${value.replace(/[{},=]/g, "_")}`
    );
    this.#name = list.length === 0 ? name : `${name}{${list.join(",")}}`;
    this.#maxQueued = maxQueued;
  }

  /** Queues a profile, and sends what waits. */
  add(profile: PushedProfile): void {
    this.#added++;
    if (this.#isClosed) return void this.#dropped++;
    if (this.#queue.push(profile) > this.#maxQueued) {
      this.#queue.shift();
      this.#dropped++;
    }
    this.#sending ??= this.#drain();
  }

  /** What became of the profiles. */
  get counts(): PyroscopeCounts {
    const queued = this.#queue.length + this.#inFlight;
    return { added: this.#added, pushed: this.#pushed, dropped: this.#dropped, queued };
  }

  /** Resolves when nothing waits. */
  async flush(): Promise<void> {
    await this.#sending;
  }

  /** Takes no more; what waits is sent, or dropped at its deadline. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.flush();
  }

  /** {@linkcode Pyroscope.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#inFlight = 1;
      const { pushed } = await this.#send(next);
      this.#inFlight = 0;
      if (pushed) this.#pushed++;
      else this.#dropped++;
    }
    this.#sending = undefined;
  }

  async #send({ pprof, startMs, durationMs }: PushedProfile): Promise<PushResult> {
    const query = new URLSearchParams({
      name: this.#name,
      from: String(Math.floor(startMs / 1000)),
      until: String(Math.ceil((startMs + durationMs) / 1000)),
      format: "pprof",
      spyName: "telltale",
    });
    const url = `${this.#target.url.replace(/\/*$/, "")}/ingest?${query}`;
    const contentType = `multipart/form-data; boundary=${BOUNDARY}`;
    try {
      return await this.#target.send({ url, method: "POST", contentType }, formOf(pprof));
    } catch (error) {
      return this.#target.failed(String(error), 0);
    }
  }
}

/** A form with one file. */
function formOf(pprof: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const head = encoder.encode(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="profile"; filename="profile.pprof"\r\n` +
      "content-type: application/octet-stream\r\n\r\n",
  );
  const tail = encoder.encode(`\r\n--${BOUNDARY}--\r\n`);
  const body = new Uint8Array(head.length + pprof.length + tail.length);
  body.set(head);
  body.set(pprof, head.length);
  body.set(tail, head.length + pprof.length);
  return body;
}
