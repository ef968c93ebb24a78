/**
 * The metrics of requests with the attribute `url.scheme`, which OTLP requires and pages leave out.
 *
 * @module
 */
import { aggregate, negated } from "../../metrics/cluster/aggregate.ts";
import type { Family, NumberSample } from "../../metrics/data/family.ts";
import { type LabelSet, OVERFLOW } from "../../metrics/data/labels.ts";
import type { CollectOptions } from "../../metrics/instrument/metric.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Scheme } from "./exchange.ts";
import { SchemeSplit } from "./metrics.ts";

/** The metrics that have a name in the semantic conventions. */
const NAMES: ReadonlySet<string> = new Set([
  "http_request_duration_seconds",
  "http_requests_in_progress",
  "http_request_size_bytes",
  "http_response_size_bytes",
]);

/** Collects a registry; the metrics of requests get `url.scheme`. */
export async function collectWithSchemes(
  registry: Registry,
  options: CollectOptions,
): Promise<readonly Family[]> {
  const families = await registry.collect(options);
  const { first, others } = SchemeSplit.of(registry);
  if (first === undefined) return families;
  const named = (family: Family) => NAMES.has(family.name);
  if (others === undefined) {
    return families.map((family) => named(family) ? withScheme(family, first) : family);
  }
  // Both at the same moment, because a difference must not decrease.
  const all = registry.collectNow(options).filter(named);
  const apart = others.collectNow(options).filter(named);
  return [
    ...families.filter((family) => !named(family)),
    ...all.map((family) => split(family, apart.find(({ name }) => name === family.name), first)),
  ];
}

function split(all: Family, second: Family | undefined, first: Scheme): Family {
  if (second === undefined) return withScheme(all, first);
  const rest = withScheme(without(all, second), first);
  const other = withScheme(second, first === "http" ? "https" : "http");
  return { ...rest, samples: [...rest.samples, ...other.samples] } as Family;
}

function without(all: Family, second: Family): Family {
  if (all.type === "gauge") {
    const values = new Map(
      (second.samples as readonly NumberSample[]).map(({ labels, value }) => [labels.text, value]),
    );
    const samples = all.samples.map((sample) => ({
      ...sample,
      value: sample.value - (values.get(sample.labels.text) ?? 0),
    }));
    return { ...all, samples };
  }
  const member = (family: Family) => ({ process: "", gone: false, families: [family] });
  const [rest] = aggregate([member(all), negated(member(second))]);
  // Series that only the second scheme has are empty now.
  const samples = rest!.samples.filter((sample) => !("count" in sample) || sample.count > 0);
  return { ...rest, samples } as Family;
}

function withScheme(family: Family, scheme: Scheme): Family {
  const samples = family.samples.map((sample) => ({
    ...sample,
    labels: labelled(sample.labels, scheme),
  }));
  return { ...family, samples } as Family;
}

function labelled(labels: LabelSet, scheme: Scheme): LabelSet {
  const { names, values, text } = labels;
  if (values.every((value) => value === OVERFLOW)) return labels;
  return {
    names: [...names, "url.scheme"],
    values: [...values, scheme],
    legacy: false,
    text: `${text},"url.scheme"="${scheme}"`,
  };
}
