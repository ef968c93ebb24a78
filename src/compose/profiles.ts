/**
 * Profiles in a composition: the admin paths, and the profiler in the background. Their code is loaded when
 * it is first needed.
 *
 * @module
 */
import { checkedUrl, requireObject } from "../core/check.ts";
import { load } from "../core/context.ts";
import type { Endpoints } from "../http/admin/endpoints.ts";
import { scheduleOf } from "../profile/keep/options.ts";
import type { Profile } from "../profile/format/profile.ts";
import type { ProfileNotes } from "../profile/keep/notes.ts";
import type { Shelf } from "../profile/keep/shelf.ts";
import type { ProfileOptions, ProfileParts, ProfileSource } from "./profile_parts.ts";

/** Profiles on demand, and continuous ones where they are asked for. */
export class Profiles {
  readonly #options: ProfileOptions | undefined;
  readonly #source: ProfileSource;
  #loading: Promise<ProfileParts | undefined> | undefined;
  /** What runs; undefined until it is loaded. */
  parts: ProfileParts | undefined;

  /**
   * Begins to profile, where there are options.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for a value that is out of range
   */
  constructor(options: ProfileOptions | undefined, source: ProfileSource) {
    this.#options = options;
    this.#source = source;
    if (options === undefined) return;
    scheduleOf(options, { push: true });
    requireObject("push to Pyroscope", options.push);
    if (options.push !== undefined) checkedUrl("push to Pyroscope", "url", options.push.url);
    // What keeps the code from being loaded is counted where that is tried.
    this.#open().then((parts) => parts?.profiler?.start(), () => {});
  }

  /** Adds the endpoints, which need the right to control. */
  addTo(endpoints: Endpoints): void {
    for (const path of ["", "profile", "heap", "kept"] as const) {
      endpoints.add({
        under: "profiles",
        path,
        isLocal: true,
        answer: async (request, rest) => (await this.#open())!.pages.answer(path, request, rest),
      });
    }
  }

  /** Takes a profile on demand. */
  async take(kind: "cpu" | "heap", seconds: number, onStart: () => void): Promise<Profile> {
    return (await this.#open())!.take(kind, seconds, onStart);
  }

  /** Those that were kept in the background; undefined where none are. */
  async shelf(): Promise<Shelf | undefined> {
    return (await this.#loading)?.profiler?.shelf;
  }

  /** Which profiles there are, and why; undefined where none are taken in the background. */
  get notes(): ProfileNotes | undefined {
    return this.parts?.profiler?.notes;
  }

  /** An SLO burns; the id of the profile that is taken because of it, if one is. */
  burns(): string | undefined {
    return this.parts?.profiler?.trigger("slo");
  }

  /** The event loop was blocked. */
  lagged(ms: number): void {
    this.parts?.lagged(ms);
  }

  /** The handler of a route ran. Returns the id of the profile that covers the present. */
  ran(route: string, startMs: number, endMs: number): string | undefined {
    return this.parts?.ran(route, startMs, endMs);
  }

  /** Ends the profiler, and its timers. */
  async close(): Promise<void> {
    await (await this.#loading?.catch(() => undefined))?.close();
  }

  #open(): Promise<ProfileParts | undefined> {
    return this.#loading ??= load(() => import("./profile_parts.ts")).then(
      ({ ProfileParts }) => this.parts = new ProfileParts(this.#options, this.#source),
      (error) => {
        this.#loading = undefined;
        this.#source.faults.record("profiles", error);
        throw error;
      },
    );
  }
}
