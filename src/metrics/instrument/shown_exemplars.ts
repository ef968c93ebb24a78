/**
 * Exemplars as they may be seen: those of instruments hold ids, those of collectors whatever they say.
 *
 * @module
 */
import type { Redactor } from "../../core/redact/redactor.ts";
import type { Exemplar, Family, HistogramSample, NumberSample } from "../data/family.ts";
import { labelSet } from "../data/labels.ts";

/** The family with what must be hidden in the labels of its exemplars hidden. */
export function withShownExemplars(family: Family, redactor: Redactor): Family {
  const samples = family.samples.map((sample) => {
    const { exemplar } = sample as NumberSample, { exemplars } = sample as HistogramSample;
    if (exemplar !== undefined) return { ...sample, exemplar: shown(exemplar, redactor) };
    if (exemplars === undefined) return sample;
    return { ...sample, exemplars: exemplars.map((one) => shown(one, redactor)) };
  });
  return { ...family, samples } as Family;
}

function shown(exemplar: Exemplar, redactor: Redactor): Exemplar {
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
