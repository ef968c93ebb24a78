/**
 * Some rows of a frame as a frame.
 *
 * @module
 */
import { Frame } from "../../src/events/store/frame.ts";

/** The rows that have a 1 in the mask. Their numbers begin with 0. */
export function pick(frame: Frame, mask: Uint8Array): Frame {
  const at: number[] = [];
  for (let i = 0; i < frame.count; i++) if (mask[i] === 1) at.push(i);
  if (at.length === frame.count) return frame;
  return new Frame(
    0,
    at.length,
    [...frame.columns.values()].map(({ name, numbers, codes, values, texts }) => ({
      name,
      numbers: numbers && Float64Array.from(at, (i) => numbers[i]!),
      codes: codes && Uint16Array.from(at, (i) => codes[i]!),
      values,
      texts: texts && at.map((i) => texts[i]),
    })),
  );
}
