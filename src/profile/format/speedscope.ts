/**
 * Profiles as speedscope reads them.
 *
 * @see {@link https://www.speedscope.app/file-format-schema.json}
 * @module
 */
import type { ProfileData } from "../sample/data.ts";

/** The profile as JSON; `name` is the title that is shown. */
export function encodeSpeedscope(data: ProfileData, name: string): string {
  const { frames, stacks, types } = data, last = types.length - 1;
  const weights = stacks.map(({ values }) => values[last]!);
  const unit = types[last]!.unit === "bytes" ? "bytes" : "nanoseconds";
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    shared: {
      frames: frames.map(({ name, file, line }) => ({
        name,
        ...(file !== "" && { file }),
        ...(line > 0 && { line }),
      })),
    },
    profiles: [{
      type: "sampled",
      name,
      unit,
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: stacks.map(({ frames }) => frames.toReversed()),
      weights,
    }],
    name,
    activeProfileIndex: 0,
    exporter: "telltale",
  });
}
