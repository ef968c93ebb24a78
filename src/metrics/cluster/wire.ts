/**
 * Families as the members of a cluster send them: plain JSON, in parts.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { admit } from "../data/validate.ts";
import type { Exemplar, Family } from "../data/family.ts";
import type { LabelSet } from "../data/labels.ts";
import type { Pause } from "../../core/pause.ts";

type Sample = Family["samples"][number];

/** The numbers and labels of one part, about: a few milliseconds of work. */
const PART_WEIGHT = 4000;
/** More than any member has. */
const MAX_SAMPLES = 2_000_000;

/**
 * The parts of these families; the last of them is returned instead of yielded. A family whose
 * samples throw when they are read ends there and is counted.
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

/** A sample as JSON can say it; what begins its lines each member makes for itself. */
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

/** JSON has no NaN and no infinities: they go as text. */
function plainNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Puts together the families that came in parts. */
export class FamilyAssembly {
  readonly #families: { head: Omit<Family, "samples">; samples: Sample[] }[] = [];
  #length = 0;

  /** Adds a part. Throws when it is not a list of families, or the member has too much. */
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
   * What was added, once it is known to be right. Throws otherwise: half of what a member has would
   * make counters go back.
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

/** A sample whose NaN and infinities are numbers again; the rest is as it came. */
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
