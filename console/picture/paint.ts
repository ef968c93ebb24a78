/**
 * Paints the cells of a heat map.
 *
 * @module
 */
import { sized } from "./canvas.ts";
import type { Cells } from "./cells.ts";
import { decades, position } from "./scale.ts";

/** Few requests are to be seen beside many: colours follow a power of their count. */
const POWER = 0.45;

/** Paints into a canvas of this size. */
export function paint(
  canvas: HTMLCanvasElement,
  cells: Cells,
  { width, height, hasChoice }: { width: number; height: number; hasChoice: boolean },
): void {
  const context = sized(canvas, width, height);
  if (context === undefined) return;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => rgb(style.getPropertyValue(`--${name}`));
  const [none, many, lamp] = [color("heat0"), color("heat1"), color("lamp")];
  const [panel, bad] = [color("panel"), color("bad")];
  context.strokeStyle = css(color("line2"));
  for (const mark of decades(cells.scale)) {
    const y = Math.round(height - position(cells.scale, mark) * height) - 0.5;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
  const cellWidth = width / cells.width, cellHeight = height / cells.height;
  for (let cell = 0; cell < cells.all.length; cell++) {
    const count = cells.all[cell]!;
    if (count === 0) continue;
    const x = Math.floor(cell / cells.height), y = cell % cells.height;
    const chosen = cells.chosen[cell]! / count, failed = cells.failed[cell]! / count;
    const strength = (count / cells.most) ** POWER;
    const plain = mix(none, many, hasChoice ? strength / 2 : strength);
    context.fillStyle = css(
      chosen > 0
        // One of many is to be seen, and not to be taken for all of them.
        ? mix(plain, lamp, 0.3 + 0.7 * chosen)
        : failed > 0 && !hasChoice
        ? mix(panel, bad, 0.45 + 0.55 * failed)
        : plain,
    );
    context.fillRect(
      x * cellWidth + 0.25,
      height - (y + 1) * cellHeight + 0.25,
      cellWidth - 0.5,
      cellHeight - 0.5,
    );
  }
}

type Color = readonly [number, number, number];

function rgb(hex: string): Color {
  const digits = hex.trim().slice(1);
  const part = (at: number) => parseInt(digits.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

function mix(a: Color, b: Color, share: number): Color {
  const part = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [part(0), part(1), part(2)];
}

function css([red, green, blue]: Color): string {
  return `rgb(${red},${green},${blue})`;
}
