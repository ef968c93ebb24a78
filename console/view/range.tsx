/**
 * The range of time that all views show.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { range } from "../data/state.ts";
import { change } from "../place.ts";
import { clock, span, utc } from "../text/format.ts";
import { use } from "../use.ts";

const CHOICES: readonly (readonly [string, string])[] = [
  ["5m", "Last 5 minutes"],
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["", "Everything kept"],
];

/** Shows the range; opens a list of others. */
export function RangePicker(): JSX.Element {
  const { fromMs, toMs, text } = use(range), [isOpen, setOpen] = useState(false);
  const whole = useRef<HTMLDivElement>(null), length = toMs - fromMs;
  const digits = length < 600_000 ? "s" : "min";
  useEffect(() => {
    if (!isOpen) return;
    const close = (event: Event) => {
      if (!whole.current!.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, [isOpen]);
  const choose = (text: string) => {
    setOpen(false);
    change({ r: text });
    whole.current!.querySelector("button")!.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    const items = [...whole.current!.querySelectorAll<HTMLElement>("[role=menuitemradio]")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") {
      setOpen(false);
      whole.current!.querySelector("button")!.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      items[(at + step + items.length) % items.length]!.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={whole} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="btn"
        id="range"
        title={`${utc(fromMs)} to ${utc(toMs)}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span class="sr">Time range:</span>
        {clock(fromMs, digits)} – {clock(toMs, digits)}
        <span class="faint">
          {length < 600_000 ? `${Math.round(length / 1000)} s` : span(length)}
        </span>
      </button>
      {isOpen && (
        <div role="menu" aria-label="Time range" class="pop">
          {CHOICES.map(([choice, words]) => (
            <button
              key={choice}
              type="button"
              role="menuitemradio"
              aria-checked={choice === text}
              onClick={() => choose(choice)}
            >
              {words}
            </button>
          ))}
          {text.includes("..") && (
            <button
              type="button"
              role="menuitemradio"
              aria-checked
              onClick={() => choose(text)}
            >
              {clock(fromMs)} – {clock(toMs)}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
