/**
 * Which profiles there are, and which time they cover.
 *
 * @module
 */

/** More are kept in a folder; what happened longer ago nobody links to. */
const MAX_NOTES = 128;

/** A profile, and the time that it covers. */
export interface ProfileNote {
  readonly id: string;
  /** Why it was taken: `schedule`, or the first of its causes. */
  readonly trigger: string;
  /** In milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** Undefined while it is being recorded. */
  readonly endMs?: number | undefined;
}

/** Remembers the profiles that were taken last. */
export class ProfileNotes {
  /** By id, the oldest first. */
  readonly #notes = new Map<string, ProfileNote>();

  /** A profile will be kept, or was. */
  add(note: ProfileNote): void {
    this.#notes.set(note.id, note);
    for (const id of this.#notes.keys()) {
      if (this.#notes.size <= MAX_NOTES) return;
      this.#notes.delete(id);
    }
  }

  /** A profile could not be kept. */
  lost(id: string): void {
    this.#notes.delete(id);
  }

  /** One of them. */
  of(id: string): ProfileNote | undefined {
    return this.#notes.get(id);
  }

  /** Those that cover a part of this time, the oldest first. */
  covering(fromMs: number, toMs: number): readonly ProfileNote[] {
    return [...this.#notes.values()].filter(({ startMs, endMs = Infinity }) =>
      startMs <= toMs && endMs >= fromMs
    );
  }
}
