/**
 * Keys that work in every view, unless something is being typed.
 *
 * @module
 */
import { togglePause } from "./data/state.ts";
import { go, href, place } from "./place.ts";
import { toggleTheme } from "./theme.ts";
import { isHelpOpen, isSessionOpen } from "./view/dialogs.ts";
import { toQuestion } from "./view/frame.tsx";
import { type View, VIEWS } from "./views.ts";

const VIEW_KEYS: ReadonlyMap<string | undefined, View> = new Map(
  (Object.keys(VIEWS) as View[]).map((view) => [VIEWS[view].key, view]),
);

/** How long `g` waits for the letter of a view. */
const CHORD_MS = 1500;

let chordUntil = 0;

/** Listens to the keys. */
export function followKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    const target = event.target as Element;
    if (target.closest("input,textarea,select,dialog[open]") !== null) return;
    if (act(event.key, target)) event.preventDefault();
  });
}

/** Whether the key means something. */
function act(key: string, target: Element): boolean {
  const now = performance.now(), view = VIEW_KEYS.get(key);
  if (now < chordUntil && view !== undefined) {
    chordUntil = 0;
    go(href(view));
    return true;
  }
  chordUntil = key === "g" ? now + CHORD_MS : 0;
  switch (key) {
    case "/":
      toQuestion();
      return true;
    case "?":
      isHelpOpen.value = true;
      return true;
    case "t":
      toggleTheme();
      return true;
    case " ":
      // A button that has the focus is pressed by space.
      if (target.closest("button,a,[role=row]") !== null) return false;
      togglePause();
      return true;
    case "j":
    case "k":
      return moveRow(key === "j" ? 1 : -1);
    case "e": {
      // The tree of spans knows it; it need not have the focus.
      const row = document.querySelector<HTMLElement>("[role=treegrid] [tabindex='0']");
      if (row === null || target.closest("[role=treegrid]") !== null) return false;
      row.focus();
      row.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      return true;
    }
    case "Escape":
      // One that is still being loaded: an open one has the focus, and closes by itself.
      if (isHelpOpen.value || isSessionOpen.value) {
        isHelpOpen.value = isSessionOpen.value = false;
        return true;
      }
      if (place.value.view !== "trace") return false;
      history.back();
      return true;
    default:
      return false;
  }
}

/** Moves the focus to the next or previous row of the view's list. */
function moveRow(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  rows[Math.max(0, Math.min(rows.length - 1, next))]!.focus();
  return true;
}
