/**
 * Profiles as folded stacks, one a line, as flame graph tools read them.
 *
 * @see {@link https://github.com/brendangregg/FlameGraph#2-fold-stacks}
 * @module
 */
import type { Frame, ProfileData } from "../sample/data.ts";

/**
 * `outer (file:1);inner (file:2) 12`: the stack, the outermost function first, and the last value: CPU
 * time in microseconds, memory in bytes. Sorted; stacks that differ in labels only are one.
 */
export function encodeFolded({ frames, stacks, types }: ProfileData): string {
  const isTime = types.at(-1)!.unit === "nanoseconds";
  const sums = new Map<string, number>();
  const names = frames.map(nameOf);
  for (const { frames: indexes, values } of stacks) {
    const key = indexes.toReversed().map((index) => names[index]).join(";");
    sums.set(key, (sums.get(key) ?? 0) + values.at(-1)!);
  }
  const lines = [...sums].map(([key, sum]) => `${key} ${Math.round(isTime ? sum / 1000 : sum)}\n`);
  return lines.sort().join("");
}

/** Without what separates frames, and lines. The line is the function's: a flame graph adds up by it. */
function nameOf({ name, file, startLine }: Frame): string {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const place = base === "" ? "" : startLine > 0 ? ` (${base}:${startLine})` : ` (${base})`;
  return (name + place).replace(/[;\r\n]/g, "_");
}
