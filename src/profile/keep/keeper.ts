/**
 * What becomes of a profile that was taken, or could not be.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { ProfileError } from "../capture/error.ts";
import type { CaptureResult, ProfileCounts } from "./counts.ts";
import { ProfileNotes } from "./notes.ts";
import type { Shelf } from "./shelf.ts";
import type { ProfilerOptions, Taken } from "./taken.ts";

/** Puts profiles on the shelf, counts them, and notes which there are. */
export class Keeper {
  /** Which profiles there are, and why. */
  readonly notes: ProfileNotes = new ProfileNotes();
  readonly #shelf: Shelf;
  readonly #counts: ProfileCounts;
  readonly #faults: Faults;
  readonly #onProfile: ProfilerOptions["onProfile"];

  constructor(
    shelf: Shelf,
    counts: ProfileCounts,
    faults: Faults,
    onProfile: ProfilerOptions["onProfile"],
  ) {
    this.#shelf = shelf;
    this.#counts = counts;
    this.#faults = faults;
    this.#onProfile = onProfile;
  }

  /** A profile was taken; it may be too large to keep. */
  async put(taken: Taken): Promise<void> {
    const { id, trigger, profile, pprof } = taken, { kind } = profile.data;
    const isKept = await this.#shelf.add(id, pprof);
    this.#counts.add(kind, trigger, isKept ? "ok" : "too large");
    if (!isKept) return this.notes.lost(id);
    this.#faults.guard("onProfile", () => this.#onProfile?.(taken));
  }

  /**
   * A profile could not be taken.
   *
   * @param key the first fault of each is told
   */
  failed(kind: "cpu" | "heap", trigger: string, error: unknown, key?: string): void {
    this.#counts.add(kind, trigger, resultOf(error));
    this.#faults.record("profiles", error, key);
  }
}

/** The reason of a refusal as the result that is counted. */
function resultOf(error: unknown): CaptureResult {
  if (!(error instanceof ProfileError)) return "failed";
  return error.reason === "busy" || error.reason === "stopped" ? error.reason : "failed";
}
