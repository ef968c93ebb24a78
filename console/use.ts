/**
 * Signals inside components.
 *
 * @module
 */
import { effect, type ReadonlySignal } from "@preact/signals-core";
import { useEffect, useRef, useState } from "preact/hooks";

/** The value of a signal; the component is drawn again when it changes. */
export function use<T>(source: ReadonlySignal<T>): T {
  const [, draw] = useState(0);
  const value = source.peek(), drawn = useRef(value);
  drawn.current = value;
  useEffect(() =>
    effect(() => {
      if (source.value !== drawn.current) draw((count) => count + 1);
    }), [source]);
  return value;
}
