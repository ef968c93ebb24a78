/**
 * A flame graph: by pointer or keys one reads a function, and makes it the root.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useWidth } from "../picture/heat.tsx";
import { pct, shown } from "../text/format.ts";
import { theme } from "../theme.ts";
import { use } from "../use.ts";
import { type Box, boxAt, boxesOf } from "./boxes.ts";
import { changeOf, paintFlame, ROW } from "./paint.ts";
import { type Node, nodeAt } from "./tree.ts";

/** How it is drawn. */
export interface FlameProps {
  readonly tree: Node;
  /** The path of the root that is shown. */
  readonly path: string;
  readonly search: string;
  readonly isDiff: boolean;
  readonly unit: (value: number) => string;
  readonly onRoot: (path: string) => void;
}

/** A flame graph. */
export function Flame({ tree, path, search, isDiff, unit, onRoot }: FlameProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null), width = useWidth(canvas), shade = use(theme);
  const boxes = useMemo(() => {
    const line = nodeAt(tree, path);
    return boxesOf(line, path.split(".").slice(0, line.length - 1).join("."));
  }, [tree, path]);
  const [read, setRead] = useState<Box | undefined>(undefined);
  const height = ROW * (1 + boxes.reduce((most, { depth }) => Math.max(most, depth), 0));
  const chosen = read !== undefined && boxes.includes(read) ? read : undefined;
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    paintFlame(canvas.current, {
      boxes,
      width,
      height,
      search: search.toLowerCase(),
      isDiff,
      chosen,
    });
  }, [boxes, width, height, search, isDiff, chosen, shade]);
  const at = (event: PointerEvent | MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return boxAt(
      boxes,
      (event.clientX - box.left) / box.width,
      Math.floor((event.clientY - box.top) / ROW),
    );
  };
  const keys = (event: KeyboardEvent) => {
    const from = chosen ?? boxes[0]!;
    if (event.key === "Escape") {
      if (path === "") return;
      onRoot("");
    } else if (event.key === "Enter") onRoot(from.path);
    else {
      const to = neighbour(boxes, from, event.key);
      if (to === undefined) return;
      setRead(chosen === undefined ? from : to);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const all = boxes[0]!.node.total;
  return (
    <div class="flame">
      <p class="flameread" aria-live="polite">
        {chosen === undefined
          ? (
            <span class="faint">
              Callers stand above what they called. A click makes a function the root; arrow keys,
              Enter and Escape do the same.
            </span>
          )
          : (
            <>
              <b class="mono">{shown(chosen.node.name)}</b> {unit(chosen.node.total)},{" "}
              {pct(all === 0 ? 0 : chosen.node.total / all)} of all; itself {unit(chosen.node.self)}
              {isDiff && <>; {changeWords(changeOf(chosen.node, boxes))}</>}
            </>
          )}
      </p>
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={`Flame graph of ${boxes.length} functions under ${
          shown(boxes.find((box) => box.path === path)?.node.name ?? "all")
        }; the functions stand in the table below.`}
        style={{ height: `${height}px` }}
        onPointerMove={(event) => setRead(at(event))}
        onPointerLeave={() => setRead(undefined)}
        onBlur={() => setRead(undefined)}
        onClick={(event) => {
          const box = at(event);
          if (box !== undefined) onRoot(box.path);
        }}
        onKeyDown={keys}
      />
    </div>
  );
}

/** In words, by how much of all a function grew. */
export function changeWords(change: number): string {
  if (Math.abs(change) < 0.0005) return "as before";
  return `${pct(Math.abs(change))} of all ${change > 0 ? "more" : "less"}`;
}

function neighbour(boxes: readonly Box[], { depth, parent, left, node }: Box, key: string) {
  if (key === "ArrowUp") return parent;
  if (key === "ArrowDown") {
    return boxes.find((box) => box.parent?.node === node && box.depth === depth + 1);
  }
  const row = boxes.filter((box) => box.depth === depth);
  if (key === "ArrowLeft") return row.findLast((box) => box.left < left);
  if (key === "ArrowRight") return row.find((box) => box.left > left);
  return undefined;
}
