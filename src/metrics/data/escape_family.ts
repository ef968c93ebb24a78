/**
 * Escapes the names of a family for readers that do not take them as they are.
 *
 * @module
 */
import { escapeName, type Escaping } from "./names.ts";
import type { Family } from "./family.ts";
import { type LabelSet, labelSet } from "./labels.ts";
import { isLegacyLabelName, isLegacyMetricName } from "./names.ts";

/** The family with names that the scheme allows; a family of legacy names as it is, under any scheme. */
export function escapeFamily<F extends Family>(family: F, scheme: Escaping): F {
  if (scheme === "allow-utf-8") return family;
  const samples: readonly { readonly labels: LabelSet }[] = family.samples;
  if (isLegacyMetricName(family.name) && areLegacy(samples)) return family;
  return {
    ...family,
    name: escapeName(family.name, scheme),
    samples: samples.map((sample) => ({
      ...sample,
      heads: undefined,
      labels: labelSet(
        sample.labels.names.map((name) =>
          isLegacyLabelName(name) ? name : escapeName(name, scheme)
        ),
        sample.labels.values,
      ),
    })),
  } as unknown as F;
}

/** A plain loop, because it runs for every sample of a scrape. */
function areLegacy(samples: readonly { readonly labels: LabelSet }[]): boolean {
  for (let i = 0; i < samples.length; i++) if (!samples[i]!.labels.legacy) return false;
  return true;
}
