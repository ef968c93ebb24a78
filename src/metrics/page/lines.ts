/**
 * Kept lines of the text formats on a page.
 *
 * @module
 */
import { formatValue } from "../data/line.ts";
import type { LineBlock, LinePart } from "../data/lines.ts";
import type { PageBytes } from "./bytes.ts";

/** The most bytes of a value: `-1.2345678901234567e-300`. */
const MAX_VALUE_BYTES = 24;

/**
 * Writes lines that show these values. What has not changed since the last time is copied; a value of the
 * same width is written in its place.
 */
export function writeLines({ block, values }: LinePart, page: PageBytes): void {
  block.encode();
  const { shown, starts, ends } = block, last = ends[values.length - 1] ?? 0;
  page.reserve(last + values.length * MAX_VALUE_BYTES);
  const { bytes, length: begin } = page;
  let at = begin, copied = 0, shift = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!, isChanged = value !== shown[i];
    if (!isChanged && shift === 0) continue;
    const start = starts[i]!, end = ends[i]!;
    starts[i] = start + shift;
    if (isChanged) {
      shown[i] = value;
      const text = isShort(value) ? undefined : formatValue(value);
      const width = text === undefined ? digitsOf(value) : text.length;
      const wider = width - (end - 1 - start);
      if (wider === 0) put(block.bytes, start, width, value, text);
      else {
        bytes.set(block.bytes.subarray(copied, start), at);
        at += start - copied;
        put(bytes, at, width, value, text);
        at += width;
        copied = end - 1;
        shift += wider;
      }
    }
    ends[i] = end + shift;
  }
  bytes.set(block.bytes.subarray(copied, last), at);
  page.length = at + last - copied;
  if (copied > 0) keep(block, bytes.subarray(begin, page.length), last, values.length);
}

/** Puts lines of another width in place of the first ones, which end at `end`. */
function keep(block: LineBlock, lines: Uint8Array, end: number, count: number): void {
  const shift = lines.length - end;
  block.reserve(shift);
  block.bytes.copyWithin(lines.length, end, block.length);
  block.bytes.set(lines);
  block.length += shift;
  for (let i = count; i < block.ends.length; i++) {
    block.starts[i]! += shift;
    block.ends[i]! += shift;
  }
}

/** Whether a value is written digit by digit, which is faster than by its text. */
function isShort(value: number): boolean {
  return value >= 0 && value < 1e9 && (value | 0) === value;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  return digits;
}

function put(
  bytes: Uint8Array,
  at: number,
  width: number,
  value: number,
  text: string | undefined,
): void {
  if (text !== undefined) {
    for (let i = 0; i < width; i++) bytes[at + i] = text.charCodeAt(i);
    return;
  }
  for (let i = at + width - 1, rest = value; i >= at; i--) {
    const tens = rest / 10 | 0;
    bytes[i] = 48 + rest - 10 * tens;
    rest = tens;
  }
}
