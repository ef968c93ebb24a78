/**
 * The messages of a cluster: signs of life and requests, and families as plain JSON, in parts.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { admit } from "../data/validate.ts";
import type { Exemplar, Family } from "../data/family.ts";
import type { LabelSet } from "../data/labels.ts";
import type { Pause } from "../../core/pause.ts";

/** A message from one member to others. */
export type ClusterMessage = ClusterSign | ClusterPart | ClusterWord;

/**
 * A message without families. `hello`: I am new. `alive`: I am still here. `collect`: send your
 * families. `want`: send me these members' families.
 */
export interface ClusterSign {
  readonly type: "hello" | "alive" | "collect" | "want";
  /** The sender. */
  readonly from: string;
  /** The recipient. @default all */
  readonly to?: string | undefined;
  /**
   * With `alive`: the members whose families the sender keeps, {@linkcode PAST} included. A recipient
   * that lacks some of them asks for them. With `want`: the members asked for.
   */
  readonly knows?: readonly string[] | undefined;
  /** With `knows`: false for a newcomer, whose list may be incomplete. */
  readonly settled?: boolean | undefined;
  /** With `collect`: a number that grows with each request of a member. */
  readonly request?: number | undefined;
}

/**
 * Some of the samples of one member. Parts keep the event loop free at both ends; a recipient that
 * misses a part drops the rest and waits for the next snapshot.
 */
export interface ClusterPart {
  readonly type: "part";
  /** The sender. */
  readonly from: string;
  /** The recipient. @default all */
  readonly to?: string | undefined;
  /** The member whose samples these are: `from`, another one, or {@linkcode PAST}. */
  readonly about: string;
  /** Numbers the snapshots that `from` sends. */
  readonly snapshot: number;
  /** The number of this part in its snapshot, from 0. */
  readonly index: number;
  /** Whether this part is the last of its snapshot. */
  readonly last: boolean;
  /** The process of the member whose samples these are. */
  readonly process: string;
  /** Whether that member is gone; about `from` itself this is its farewell. */
  readonly gone: boolean;
  /** With the last part: the requests that this snapshot answers. One sent earlier answers none. */
  readonly answers?: readonly (readonly [from: string, request: number])[] | undefined;
  /** With the last part: milliseconds since the member's last sign of life. */
  readonly silentMs?: number | undefined;
  /** With the last part about the past: its members. */
  readonly past?: PastMembers | undefined;
  readonly families: readonly Family[];
}

/** A message of another part of Telltale, which the cluster only carries. */
export interface ClusterWord {
  readonly type: "word";
  /** The sender. */
  readonly from: string;
  /** The recipient. @default all */
  readonly to?: string | undefined;
  /** Which part understands it. */
  readonly topic: string;
  /** Plain data, unchecked. */
  readonly body: unknown;
}

/** The members whose samples were added up after they were gone for long. */
export interface PastMembers {
  /** The number of them. */
  readonly count: number;
  /** The ids of the latest. */
  readonly ids: readonly string[];
}

/** The id under which all members of the past are sent. */
export const PAST = "past";

/** Carries messages, one line of text each, to all other members. */
export interface ClusterTransport {
  /** Sends to all others; a message that can't be sent is lost. */
  send(message: string): void;
  /** Closes the transport once everything sent has left. */
  close(): Promise<void>;
}

type Sample = Family["samples"][number];

/** Numbers and labels in one part, roughly: a few milliseconds of work. */
const PART_WEIGHT = 4000;
/** Samples of one member, more than any real one has. */
const MAX_SAMPLES = 2_000_000;
/** Members that one message may name. */
const MAX_NAMED = 2000;

/**
 * Splits families into parts; the last part is returned instead of yielded. A family whose samples
 * throw when they are read is cut off there, and the fault is counted.
 */
export function* familyParts(
  families: readonly Family[],
  faults: Faults,
): Generator<Family[], Family[]> {
  let part: Family[] = [], room = PART_WEIGHT;
  for (const family of families) {
    try {
      let samples: object[] = [];
      part.push({ ...family, samples } as unknown as Family);
      for (const sample of family.samples) {
        room -= weightOf(sample);
        samples.push(plain(sample));
        if (room > 0) continue;
        yield part;
        samples = [];
        part = [{ ...family, samples } as unknown as Family];
        room = PART_WEIGHT;
      }
    } catch (error) {
      faults.record("cluster", error);
    }
  }
  return part;
}

/** A sample as JSON can hold it, without the cached line heads, which each member makes itself. */
function plain(sample: Sample): object {
  const { createdMs, timestampMs } = sample;
  const labels = plainLabels(sample.labels);
  if ("value" in sample) {
    const exemplar = sample.exemplar && plainExemplar(sample.exemplar);
    return { labels, value: plainNumber(sample.value), createdMs, timestampMs, exemplar };
  }
  const count = plainNumber(sample.count), sum = plainNumber(sample.sum);
  if ("quantiles" in sample) {
    const quantiles = sample.quantiles.map(([q, value]) => [q, plainNumber(value)]);
    return { labels, count, sum, quantiles, createdMs, timestampMs };
  }
  const { bounds, buckets, native } = sample;
  const exemplars = sample.exemplars?.map(plainExemplar);
  return { labels, count, sum, bounds, buckets, createdMs, timestampMs, exemplars, native };
}

function plainLabels({ names, values }: LabelSet): object {
  return { names, values };
}

function plainExemplar({ value, labels, timestampMs }: Exemplar): object {
  return { value: plainNumber(value), labels: plainLabels(labels), timestampMs };
}

/** JSON has no NaN and no infinities: they are sent as text. */
function plainNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Puts families together that arrived in parts. */
export class FamilyAssembly {
  readonly #families: { head: Omit<Family, "samples">; samples: Sample[] }[] = [];
  #length = 0;

  /** Adds a part. Throws when it is not a list of families, or the member has too many samples. */
  add(part: readonly Family[]): void {
    for (const { samples, ...head } of part) {
      this.#length += samples.length;
      if (!(this.#length <= MAX_SAMPLES)) throw refusal("it has too many samples");
      let family = this.#families.at(-1);
      if (family?.head.name !== head.name || family.head.type !== head.type) {
        this.#families.push(family = { head, samples: [] });
      }
      for (const sample of samples) family.samples.push(withNumbers(sample));
    }
  }

  /**
   * The families, validated. Throws for any problem: with only half of a member's samples, counters
   * would go backwards.
   */
  async finish(pause: Pause): Promise<Family[]> {
    const families: Family[] = [];
    for (const { head, samples } of this.#families) {
      const { family, problem } = await admit({ ...head, samples } as unknown as Family, pause);
      if (problem !== undefined) throw refusal(problem);
      families.push(family);
    }
    return families;
  }
}

/** Turns NaN and infinities back into numbers; leaves the rest as received. */
function withNumbers(sample: Sample): Sample {
  revive(sample, ["value", "count", "sum"]);
  const { exemplar, exemplars, quantiles } = sample as unknown as Record<string, unknown>;
  for (const one of Array.isArray(exemplars) ? exemplars : [exemplar]) {
    if (typeof one === "object" && one !== null) revive(one, ["value"]);
  }
  if (Array.isArray(quantiles)) {
    for (const pair of quantiles) if (Array.isArray(pair)) revive(pair, ["1"]);
  }
  return sample;
}

function revive(object: object, keys: readonly string[]): void {
  const fields = object as Record<string, unknown>;
  for (const key of keys) {
    const value = fields[key];
    if (value === "NaN" || value === "Infinity" || value === "-Infinity") {
      fields[key] = Number(value);
    }
  }
}

function weightOf(sample: Sample): number {
  const labels = 2 + 2 * sample.labels.names.length;
  if ("quantiles" in sample) return labels + 2 + 2 * sample.quantiles.length;
  if (!("buckets" in sample)) return labels + 1;
  const { buckets, native, exemplars } = sample;
  return labels + 2 + 2 * buckets.length + 8 * (exemplars?.length ?? 0) +
    2 * ((native?.positive.length ?? 0) + (native?.negative.length ?? 0));
}

function refusal(problem: string): TypeError {
  return new TypeError(`Cannot read the families of a member: ${problem}`);
}

const TYPES: readonly unknown[] = ["hello", "alive", "collect", "want", "part", "word"];

/** Whether a received value is a message with a sender and a known type; the rest is unchecked. */
export function isMessage(value: ClusterMessage): boolean {
  return typeof value?.from === "string" && TYPES.includes(value.type);
}

/** The ids of a `knows` list. Throws for anything else. */
export function checkKnown(knows: readonly string[] | undefined): readonly string[] {
  const isRight = Array.isArray(knows) && knows.length <= MAX_NAMED &&
    knows.every((id) => typeof id === "string");
  if (!isRight) throw unreadable("member ids");
  return knows;
}

/** The members of the past. Throws for anything else. */
export function checkPast(past: PastMembers | undefined): PastMembers {
  const isRight = past !== undefined && Number.isInteger(past?.count) && Array.isArray(past.ids) &&
    past.ids.every((id) => typeof id === "string");
  if (!isRight) throw unreadable("past members");
  return past;
}

function unreadable(what: string): TypeError {
  return new TypeError(`Cannot read ${what}: not in the form that this release sends`);
}
