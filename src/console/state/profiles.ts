/**
 * Profiles: takes one, lists those that are held, gives one.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { kindOf, shown } from "../../core/check.ts";
import { errorText } from "../../core/redact/error.ts";
import { ProfileError } from "../../profile/capture/error.ts";
import { profileId } from "../../profile/keep/shelf.ts";
import type { Kept, Profiling } from "../api/parts.ts";
import { jsonBody } from "../wire/body.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { json, reply } from "../wire/reply.ts";
import { fitting } from "./fit.ts";
import type { ProfileReply, ProfilesReply } from "./shapes.ts";

type Format = "folded" | "speedscope" | "pprof";

/** What is kept of those that were asked for here. */
const MAX_KEPT = 8, MAX_BYTES = 4 * 1024 * 1024;
const MAX_SECONDS = 60;
const EXAMPLE = '{"kind":"cpu","seconds":10}', MAX_BODY_BYTES = 1024;
const FORMATS: readonly Format[] = ["folded", "speedscope", "pprof"];
/** Ids begin with their time: `20261128T184500.123Z-cpu-0a1b2c3d`. */
const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)-([a-z]+)-/;

type Bodies = Readonly<Record<Format, string | Uint8Array<ArrayBuffer>>>;
type Taken = ProfileReply & { readonly bodies?: Bodies | undefined };

/** The profiles that were asked for here, and those that were kept in the background. */
export class TakenProfiles {
  readonly #profiling: Profiling;
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #taken = new Map<string, Taken>();
  #crowded = 0;

  constructor(profiling: Profiling, clock: Clock) {
    this.#profiling = profiling;
    this.#clock = clock;
  }

  /** What those occupy that were asked for here. */
  get kept(): Kept {
    return {
      count: this.#taken.size,
      bytes: this.#bytes(),
      maxBytes: MAX_BYTES,
      crowded: this.#crowded,
    };
  }

  /** Answers `GET api/profiles?id=&format=` and `POST api/profiles`. */
  answer(request: Request): Promise<Response> {
    return request.method === "POST" ? this.#take(request) : this.#give(request);
  }

  async #give(request: Request): Promise<Response> {
    const given = new Parameters(request, ["id", "format"]);
    const id = given.text("id"), format = given.text("format") ?? "pprof";
    if (!isFormat(format)) {
      throw new BadRequest(`format must be one of ${FORMATS.join(", ")}, got ${shown(format)}`);
    }
    if (id !== undefined) return await this.#body(id, format);
    const all = await this.#list(), told = fitting(all), more = all.length - told.length;
    const leftOff = more === 0 ? undefined : `${more} older profiles`;
    return json({ profiles: told, leftOff } satisfies ProfilesReply);
  }

  async #list(): Promise<ProfileReply[]> {
    const shelf = await this.#profiling.shelf();
    const background = (await shelf?.list() ?? []).map(({ id, bytes }): ProfileReply => {
      const [, year, month, day, hour, minute, seconds, trigger] = ID.exec(id) ?? [];
      const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${seconds}`);
      return {
        id,
        kind: "cpu",
        trigger: trigger ?? "",
        timeMs,
        bytes,
        state: "ready",
        formats: ["pprof"],
      };
    });
    const own = [...this.#taken.values()].map(({ bodies: _, ...told }) => told);
    return [...own, ...background].sort((a, b) => b.timeMs - a.timeMs);
  }

  async #body(id: string, format: Format): Promise<Response> {
    const taken = this.#taken.get(id);
    if (taken !== undefined) {
      if (taken.bodies !== undefined) return answerBody(taken.bodies[format], format);
      return json({ error: taken.error ?? "The profile is still being taken" }, 404);
    }
    const bytes = await (await this.#profiling.shelf())?.read(id);
    if (bytes === undefined) {
      return json({ error: "There is no such profile: it was not kept, or made room" }, 404);
    }
    if (format === "pprof") return answerBody(bytes, format);
    throw new BadRequest("format must be pprof for a profile that was taken in the background");
  }

  async #take(request: Request): Promise<Response> {
    new Parameters(request, []);
    const { kind, seconds } = orderOf(await jsonBody(request, MAX_BODY_BYTES, EXAMPLE));
    if ([...this.#taken.values()].some(({ state }) => state === "running")) {
      return json({ error: "A profile is being taken: ask again when it is ready" }, 409);
    }
    const timeMs = this.#clock.now(), id = profileId(timeMs, "demand");
    const running: Taken = {
      id,
      kind,
      trigger: "demand",
      timeMs,
      bytes: 0,
      state: "running",
      formats: [],
    };
    this.#keep(running);
    // A refusal comes before anything was waited for.
    const begun = Promise.withResolvers<undefined>();
    const taking = this.#profiling.take(kind, seconds, () => begun.resolve(undefined)).then(
      async (profile) => {
        const bodies = {
          folded: profile.folded(),
          speedscope: profile.speedscope(),
          pprof: await profile.pprof(),
        };
        const bytes = 2 * (bodies.folded.length + bodies.speedscope.length) + bodies.pprof.length;
        this.#keep({ ...running, state: "ready", bytes, formats: FORMATS, bodies });
      },
    );
    const failed = taking.then(() => undefined, (error) => {
      this.#keep({ ...running, state: "failed", error: errorText(error) });
      return error instanceof ProfileError ? error : undefined;
    });
    const refusal = await Promise.race([failed, begun.promise]);
    if (refusal === undefined) return json(running satisfies ProfileReply, 202);
    this.#taken.delete(id);
    return json({ error: refusal.message }, refusal.reason === "busy" ? 409 : 501);
  }

  #keep(profile: Taken): void {
    this.#taken.delete(profile.id);
    this.#taken.set(profile.id, profile);
    for (const [id, { state }] of this.#taken) {
      if (this.#taken.size <= MAX_KEPT && this.#bytes() <= MAX_BYTES) return;
      if (state === "running" || id === profile.id && this.#taken.size === 1) continue;
      this.#taken.delete(id);
      this.#crowded++;
    }
  }

  #bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#taken.values()) sum += bytes;
    return sum;
  }
}

function isFormat(format: string): format is Format {
  return (FORMATS as readonly string[]).includes(format);
}

function answerBody(body: string | Uint8Array<ArrayBuffer>, format: Format): Response {
  if (format === "pprof") return reply(body, "application/octet-stream");
  return reply(body, format === "folded" ? "text/plain; charset=utf-8" : "application/json");
}

function orderOf(body: unknown): { readonly kind: "cpu" | "heap"; readonly seconds: number } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new BadRequest(`The body must be an object, as in ${EXAMPLE}, got ${kindOf(body)}`);
  }
  const { kind, seconds = 10, ...others } = body as Record<string, unknown>;
  for (const name of Object.keys(others)) {
    throw new BadRequest(`Unknown member ${shown(name)}: the body takes kind, seconds`);
  }
  if (kind !== "cpu" && kind !== "heap") {
    throw new BadRequest(`kind must be cpu or heap, got ${shown(kind)}`);
  }
  if (typeof seconds !== "number" || !(seconds >= 0.1 && seconds <= MAX_SECONDS)) {
    throw new BadRequest(
      `seconds must be a number from 0.1 to ${MAX_SECONDS}, got ${shown(seconds)}`,
    );
  }
  return { kind, seconds };
}
