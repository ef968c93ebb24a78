/**
 * Paints a flame graph.
 *
 * @module
 */
import { sized } from "../picture/canvas.ts";
import type { Box } from "./boxes.ts";
import type { Node } from "./tree.ts";

/** The height of a function. */
export const ROW = 18;

/** What is painted. */
export interface Painting {
  readonly boxes: readonly Box[];
  readonly width: number;
  readonly height: number;
  /** What is searched for, in lower case; empty for nothing. */
  readonly search: string;
  readonly isDiff: boolean;
  readonly chosen: Box | undefined;
}

/** Paints into a canvas. */
export function paintFlame(canvas: HTMLCanvasElement, painting: Painting): void {
  const { boxes, width, height, search, isDiff, chosen } = painting;
  const context = sized(canvas, width, height);
  if (context === undefined) return;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const [panel, text, blue, lamp, client] = ["panel", "text", "blue", "lamp", "client"].map(color);
  const most = isDiff
    ? Math.max(1e-9, ...boxes.map(({ node }) => Math.abs(changeOf(node, boxes))))
    : 1;
  context.font = `11px ${style.getPropertyValue("--mono")}`;
  context.textBaseline = "middle";
  for (const box of boxes) {
    const { node, depth } = box, left = box.left * width, wide = box.width * width;
    const top = depth * ROW;
    const isFound = search !== "" && node.name.toLowerCase().includes(search);
    context.fillStyle = panel!;
    context.fillRect(left, top, wide, ROW);
    const change = isDiff ? changeOf(node, boxes) : 0;
    context.fillStyle = isFound || change > 0 ? lamp! : change < 0 ? client! : blue!;
    context.globalAlpha = isFound
      ? 0.75
      : isDiff
      ? change === 0 ? 0.06 : 0.12 + 0.6 * (Math.abs(change) / most) ** 0.6
      : search !== ""
      ? 0.1
      : 0.2 + 0.22 * hashOf(node.name);
    context.fillRect(left, top, Math.max(0.5, wide - 0.5), ROW - 1);
    context.globalAlpha = 1;
    if (wide > 26) {
      context.save();
      context.beginPath();
      context.rect(left, top, wide - 3, ROW);
      context.clip();
      context.fillStyle = text!;
      context.fillText(node.name.slice(0, 160), left + 4, top + ROW / 2);
      context.restore();
    }
    if (box.path === chosen?.path && box.depth === chosen.depth) {
      context.strokeStyle = lamp!;
      context.lineWidth = 2;
      context.strokeRect(left + 1, top + 1, Math.max(1, wide - 2), ROW - 3);
    }
  }
}

/** By how much of all of its profile a function grew. */
export function changeOf(node: Node, boxes: readonly Box[]): number {
  const { total, before } = boxes[0]!.node;
  return (total === 0 ? 0 : node.total / total) - (before === 0 ? 0 : node.before / before);
}

/** A number from 0 to 1 that a name always has. */
function hashOf(name: string): number {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return (hash >>> 8) % 1000 / 1000;
}
