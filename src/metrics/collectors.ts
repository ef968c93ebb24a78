/**
 * Collectors: functions that make whole families at a scrape.
 *
 * @module
 */
import { type Clock, within } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { Pause } from "../core/pause.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import { claimsOf } from "./catalogue.ts";
import type { Exemplar, Family, HistogramSample, NumberSample } from "./data/family.ts";
import { labelSet } from "./data/labels.ts";
import { admit } from "./data/validate.ts";

/**
 * Makes families at the moment of a scrape. May be async: one that is late is left out, and is not
 * called again while its call is pending. Scrapes at one time share one call of an async one.
 */
export type Collector = () => readonly Family[] | Promise<readonly Family[]>;

/** One collector and its pending call. */
export interface Source {
  readonly collect: Collector;
  /** Settles at the deadline at the latest. */
  answer: Promise<readonly Family[]> | undefined;
}

/** How collectors are called. */
export interface CollectorOptions {
  /** How long a reading waits for one collector. @default 5000 */
  readonly collectorTimeoutMs?: number | undefined;
  readonly clock: Clock;
  readonly faults: Faults;
  /** What is hidden in the labels of exemplars. @default nothing */
  readonly redactor?: Redactor | undefined;
}

/**
 * The families of all collectors, called at once, as plain data that any reader takes. A collector
 * that throws or is late is left out and counted, and so is a family or a sample that can't be shown.
 * Of two families whose lines could begin alike, the first stays, and a registered metric before any.
 *
 * @param isTaken whether lines of a registered metric may begin with this name
 */
export async function collectFrom(
  sources: Iterable<Source>,
  isTaken: (claim: string) => boolean,
  options: CollectorOptions,
): Promise<Family[]> {
  const { clock, faults, redactor } = options;
  const made = await Promise.all([...sources].map((source) => ask(source, options)));
  const pause = new Pause(() => clock.monotonic());
  const leaveOut = (what: string, name: string, problem: string) => {
    const error = new TypeError(`Left out ${what}: ${problem}`);
    faults.record("collector", error, `collector ${name}`);
  };
  const claimed = new Set<string>(), families: Family[] = [];
  for (const given of made.flat()) {
    let name = "";
    try {
      name = String(given.name);
      const { family, problem } = await admit(given, pause);
      const claims = claimsOf(family.type, family.name);
      const taken = claims.find((claim) => isTaken(claim) || claimed.has(claim));
      if (taken !== undefined) throw new TypeError(`name "${taken}" is taken`);
      for (const claim of claims) claimed.add(claim);
      if (problem !== undefined) leaveOut(`samples of family "${name}"`, name, problem);
      families.push(redactor === undefined ? family : redacted(family, redactor));
    } catch (error) {
      leaveOut(`family "${name}"`, name, error instanceof Error ? error.message : "it threw");
    }
  }
  return families;
}

async function ask(source: Source, options: CollectorOptions): Promise<readonly Family[]> {
  try {
    return [...await (source.answer ?? call(source, options))];
  } catch (error) {
    options.faults.record("collector", error);
    return [];
  }
}

function call(
  source: Source,
  { clock, collectorTimeoutMs = 5000 }: CollectorOptions,
): readonly Family[] | Promise<readonly Family[]> {
  const made = source.collect();
  if (!isPromise(made)) return made;
  // While it is pending past its deadline, the rejection stays: nobody calls it or waits again.
  const whole = Promise.resolve(made);
  source.answer = within(clock, collectorTimeoutMs, whole).then((isInTime) => {
    if (isInTime) return whole;
    throw new Error(`Cannot collect: collector took longer than ${collectorTimeoutMs} ms`);
  });
  const end = () => source.answer = undefined;
  whole.then(end, end);
  return source.answer;
}

function isPromise(made: ReturnType<Collector>): made is Promise<readonly Family[]> {
  return typeof (made as Partial<Promise<unknown>> | undefined)?.then === "function";
}

/** Exemplars of collectors have any labels; those of instruments have ids alone. */
function redacted(family: Family, redactor: Redactor): Family {
  const samples = family.samples.map((sample) => {
    const { exemplar } = sample as NumberSample, { exemplars } = sample as HistogramSample;
    if (exemplar !== undefined) return { ...sample, exemplar: redactedOne(exemplar, redactor) };
    if (exemplars === undefined) return sample;
    return { ...sample, exemplars: exemplars.map((one) => redactedOne(one, redactor)) };
  });
  return { ...family, samples } as Family;
}

function redactedOne(exemplar: Exemplar, redactor: Redactor): Exemplar {
  const names: string[] = [], values: string[] = [];
  for (const [i, name] of exemplar.labels.names.entries()) {
    const text = exemplar.labels.values[i]!;
    const value = redactor.hidesAttribute(name)
      ? redactor.standIn(() => text)
      : redactor.text(text);
    if (value === undefined) continue;
    names.push(name);
    values.push(value);
  }
  return { ...exemplar, labels: labelSet(names, values) };
}
