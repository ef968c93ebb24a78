/**
 * The sampler of the environment variables.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import { environment } from "../../core/platform.ts";
import { alwaysOff, alwaysOn, parentBased, ratioBased, type Sampler } from "./sampler.ts";

/** The samplers of the specification that exist here. */
const NAMES = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
];

/**
 * The sampler of `OTEL_TRACES_SAMPLER` and its `OTEL_TRACES_SAMPLER_ARG`; undefined when it is not
 * set. A value that can't be used is counted as a fault: an unknown sampler gives undefined, an invalid
 * share is 1 (OpenTelemetry environment variable specification).
 */
export function samplerFromEnvironment(
  faults: Faults,
  env: (name: string) => string | undefined = environment,
): Sampler | undefined {
  const name = env("OTEL_TRACES_SAMPLER")?.trim();
  if (name === undefined || name === "") return undefined;
  switch (name) {
    case "always_on":
      return alwaysOn;
    case "always_off":
      return alwaysOff;
    case "traceidratio":
      return ratioBased(shareOf(faults, env));
    case "parentbased_always_on":
      return parentBased(alwaysOn);
    case "parentbased_always_off":
      return parentBased(alwaysOff);
    case "parentbased_traceidratio":
      return parentBased(ratioBased(shareOf(faults, env)));
  }
  faults.record(
    "OTEL_TRACES_SAMPLER",
    new RangeError(
      `Cannot read OTEL_TRACES_SAMPLER: sampler must be one of ${NAMES.join(", ")}, ` +
        `got ${shown(name)}; the default is used`,
    ),
  );
  return undefined;
}

function shareOf(faults: Faults, env: (name: string) => string | undefined): number {
  const text = env("OTEL_TRACES_SAMPLER_ARG")?.trim();
  if (text === undefined || text === "") return 1;
  const share = Number(text);
  if (share >= 0 && share <= 1) return share;
  faults.record(
    "OTEL_TRACES_SAMPLER_ARG",
    new RangeError(
      `Cannot read OTEL_TRACES_SAMPLER_ARG: share must be 0 to 1, got ${shown(text)}; 1 is used`,
    ),
  );
  return 1;
}
