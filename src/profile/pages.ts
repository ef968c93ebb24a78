/**
 * The answers at `/debug/pprof/`.
 *
 * @see {@link https://pkg.go.dev/net/http/pprof}
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { captureCpu } from "./capture/cpu_profile.ts";
import { ProfileError } from "./capture/error.ts";
import { captureHeap } from "./capture/heap_profile.ts";
import type { ReadOptions } from "./capture/read.ts";
import type { Profile } from "./format/profile.ts";
import type { CaptureResult, ProfileCounts } from "./keep/counts.ts";
import type { Profiler } from "./keep/profiler.ts";

/** The longest profile that a request can ask for: nobody waits longer, and proxies don't. */
const MAX_SECONDS = 60;
/** What `go tool pprof` asks for without a number, and what a heap is sampled for. */
const CPU_SECONDS = 30, HEAP_SECONDS = 5;

/** For the start of the profiler, and for what comes after the last sample. */
const GRACE_SECONDS = 30;

/** What the pages need. */
export interface PageParts {
  /** Where captures are counted. */
  readonly counts: ProfileCounts;
  /** Whose profiles are listed. */
  readonly profiler?: Pick<Profiler, "shelf"> | undefined;
  /** Begins to watch which route runs. */
  readonly watch?: (() => RouteWatch) | undefined;
  readonly clock?: Clock | undefined;
}

/** Knows which route has run since it began. */
export interface RouteWatch {
  /** Labels of samples. */
  readonly label: ReadOptions["label"];
  end(): void;
}

/** The paths below the folder. */
export type PagePath = "" | "profile" | "heap" | "kept";

/** Answers requests for profiles. */
export class ProfilePages {
  readonly #parts: PageParts;

  constructor(parts: PageParts) {
    this.#parts = parts;
  }

  /** The answer. A profile that is refused says why, as text that `go tool pprof` prints. */
  async answer(path: PagePath, request: Request, rest: readonly unknown[] = []): Promise<Response> {
    const query = new URLSearchParams(request.url.slice((request.url + "?").indexOf("?")));
    if (path === "") return this.#index();
    if (path === "kept") return this.#kept(query.get("id") ?? "");
    // Nobody profiles for a head.
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    const longest = path === "profile" ? CPU_SECONDS : HEAP_SECONDS;
    const seconds = Number(query.get("seconds") ?? longest);
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
      const given = JSON.stringify((query.get("seconds") ?? "").slice(0, 20));
      return said(
        400,
        `Cannot profile: seconds must be above 0 and at most ${MAX_SECONDS}, got ${given}`,
      );
    }
    const format = query.get("format") ?? "pprof";
    const encode = ENCODERS.get(format);
    if (encode === undefined) {
      return said(400, `Cannot profile: format must be one of ${[...ENCODERS.keys()].join(", ")}`);
    }
    // Bun closes a connection on which nothing has come for ten seconds.
    const server = rest[0] as { timeout?(request: Request, seconds: number): void } | undefined;
    server?.timeout?.(request, Math.ceil(seconds) + GRACE_SECONDS);
    return await this.#profile(path, Math.max(0.01, seconds), encode);
  }

  async #profile(kind: "profile" | "heap", seconds: number, encode: Encode): Promise<Response> {
    const { counts, clock } = this.#parts,
      watch = this.#parts.watch?.(),
      counted = kind === "heap" ? "heap" : "cpu";
    const leaving = new AbortController(), { signal } = leaving;
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => begin = resolve);
    const taking = kind === "heap"
      ? captureHeap({ seconds, signal, clock }, begin)
      : captureCpu({ seconds, signal, clock }, watch?.label, (blockedMs) => {
        counts.started(blockedMs);
        begin();
      });
    const done = taking.then(encode).then((body) => {
      counts.add(counted, "demand", "ok");
      return body;
    }, (error) => {
      counts.add(counted, "demand", resultOf(error, signal.aborted));
      throw error;
    });
    done.catch(() => {}).finally(() => watch?.end());
    try {
      // A refusal comes before the first byte; afterwards nothing but the status could tell it.
      await Promise.race([begun, done]);
    } catch (error) {
      return refusal(error);
    }
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async start(controller) {
        try {
          controller.enqueue((await done).bytes);
          controller.close();
        } catch (error) {
          if (!signal.aborted) controller.error(error);
        }
      },
      // The client has left.
      cancel: () =>
        leaving.abort(new ProfileError("stopped", "Cannot profile: the client has left")),
    });
    return new Response(body, { headers: HEADERS });
  }

  async #index(): Promise<Response> {
    const kept = await this.#parts.profiler?.shelf.list() ?? [];
    const rows = kept.toReversed().map(({ id, bytes }) =>
      `<li><a href="kept?id=${id}">${id}</a> ${bytes} bytes</li>`
    );
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Profiles</title>
<h1>Profiles</h1>
<ul>
<li><a href="profile?seconds=5">profile</a>: the CPU, for <code>seconds</code> (30, at most ${MAX_SECONDS})</li>
<li><a href="heap">heap</a>: what holds memory</li>
</ul>
<p>Read them with <code>go tool pprof URL</code>; with <code>?format=folded</code> or <code>speedscope</code> they are
for other tools.</p>
<h2>Kept</h2>
<ul>
${rows.join("\n") || "<li>none</li>"}
</ul>
</html>
`;
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'",
    };
    return new Response(page, { headers });
  }

  async #kept(id: string): Promise<Response> {
    const bytes = await this.#parts.profiler?.shelf.read(id);
    return bytes === undefined
      ? said(404, "Cannot find profile: it was not kept, or had to leave for newer ones")
      : new Response(bytes, { headers: HEADERS });
  }
}

const HEADERS = { "content-type": "application/octet-stream" };

interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
}
type Encode = (profile: Profile) => Promise<Encoded>;

const ENCODERS: ReadonlyMap<string, Encode> = new Map([
  ["pprof", async (profile) => ({ bytes: await profile.pprof() })],
  ["folded", (profile) => textOf(profile.folded())],
  ["speedscope", (profile) => textOf(profile.speedscope())],
]);

function textOf(text: string): Promise<Encoded> {
  return Promise.resolve({ bytes: new TextEncoder().encode(text) });
}

const STATUSES = { busy: 409, permission: 501, unsupported: 501, stopped: 503 } as const;

function refusal(error: unknown): Response {
  if (!(error instanceof ProfileError)) throw error;
  return said(STATUSES[error.reason], error.message);
}

/** `go tool pprof` prints the text of an error if it is marked. */
function said(status: number, text: string): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-go-pprof": "1" };
  return new Response(text + "\n", { status, headers });
}

function resultOf(error: unknown, wasAborted: boolean): CaptureResult {
  if (wasAborted) return "stopped";
  return error instanceof ProfileError && error.reason === "busy" ? "busy" : "failed";
}
