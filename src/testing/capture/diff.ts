/**
 * A line-by-line diff of two texts.
 *
 * @module
 */

/** Unchanged lines shown around a difference. */
const CONTEXT = 2;
/** Above this number of pairs of lines, the texts are shown one after the other. */
const MAX_PAIRS = 4_000_000;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** The lines only in `expected` with `-`, those only in `actual` with `+`. */
export function unifiedDiff(expected: string, actual: string): string {
  const lines = compare(linesOf(expected), linesOf(actual));
  const isShown = (at: number) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== " ");
  let shown = "", isGap = false;
  lines.forEach(({ sign, text }, at) => {
    if (!isShown(at)) {
      isGap = true;
      return;
    }
    if (isGap && shown !== "") shown += "  …\n";
    isGap = false;
    shown += `${sign} ${text}\n`;
  });
  return shown;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** The textbook longest common subsequence of the lines between the common ends. */
function compare(expected: readonly string[], actual: readonly string[]): Line[] {
  const shorter = Math.min(expected.length, actual.length);
  let head = 0, tail = 0;
  while (head < shorter && expected[head] === actual[head]) head++;
  while (tail < shorter - head && expected.at(-1 - tail) === actual.at(-1 - tail)) tail++;
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...expected.slice(0, head).map(same),
    ...middle(
      expected.slice(head, expected.length - tail),
      actual.slice(head, actual.length - tail),
    ),
    ...expected.slice(expected.length - tail).map(same),
  ];
}

function middle(expected: readonly string[], actual: readonly string[]): Line[] {
  const width = actual.length + 1, lines: Line[] = [];
  const isLarge = expected.length * actual.length > MAX_PAIRS;
  /** The number of lines that the rests from line i and line j on have in common. */
  const common = new Uint32Array(isLarge ? 0 : (expected.length + 1) * width);
  for (let i = expected.length - 1; i >= 0 && !isLarge; i--) {
    for (let j = actual.length - 1; j >= 0; j--) {
      common[i * width + j] = expected[i] === actual[j]
        ? common[(i + 1) * width + j + 1]! + 1
        : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  let i = 0, j = 0;
  while (i < expected.length || j < actual.length) {
    if (!isLarge && i < expected.length && j < actual.length && expected[i] === actual[j]) {
      lines.push({ sign: " ", text: expected[i]! });
      i++, j++;
    } else if (
      j === actual.length || i < expected.length &&
        (isLarge || common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    ) {
      lines.push({ sign: "-", text: expected[i++]! });
    } else lines.push({ sign: "+", text: actual[j++]! });
  }
  return lines;
}
