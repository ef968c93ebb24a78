/**
 * Where the reader is: the fragment of the address. Every state that can be linked to is in it.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals-core";
import { type View, VIEWS } from "./views.ts";

export type { View };

/** A place in the console. */
export interface Place {
  readonly view: View;
  /** What is shown, such as the id of a trace; empty without one. */
  readonly id: string;
  /** The question, and how its answer is shown. */
  readonly params: ReadonlyMap<string, string>;
}

/** The place that a fragment names; the overview when it names none. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [first, id = ""] = path.split("/");
  const view = Object.hasOwn(VIEWS, first!) ? first as View : "overview";
  return { view, id: decoded(id), params: new Map(new URLSearchParams(query)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The current place. */
export const place: Signal<Place> = signal(placeOf(location.hash));

/** The parameters that go along to every view: the time range. */
const SHARED = ["r"];

/** The fragment of a place; empty parameters are left out. */
export function href(view: View, params: Readonly<Record<string, string>> = {}, id = ""): string {
  const all = new Map<string, string>();
  for (const name of SHARED) all.set(name, place.value.params.get(name) ?? "");
  for (const [name, value] of Object.entries(params)) all.set(name, value);
  const query = [...all].filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${encoded(value)}`).join("&");
  return `#/${view}${id === "" ? "" : `/${encodeURIComponent(id)}`}${query && `?${query}`}`;
}

/** Only what a fragment can't hold is escaped, so that a question can be read in the address. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /%(?:20|3A|2F|2C|3F|40)/g,
    (escape) => escape === "%20" ? "+" : decodeURIComponent(escape),
  );
}

/** The address of an answer. */
export function askHref(question: string): string {
  return href("ask", { q: question });
}

/** The address of a trace. */
export function traceHref(trace: string, span = ""): string {
  return href("trace", { span }, trace);
}

/** The address of lines. */
export function logsHref(question: string): string {
  return href("logs", { q: question });
}

/** Goes to a place; `isSame` replaces the current one, so that "back" skips it. */
export function go(to: string, isSame = false): void {
  if (to === location.hash) return;
  if (isSame) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.value = placeOf(to);
}

/** Goes to the same view with other parameters. */
export function change(params: Readonly<Record<string, string>>, isSame = false): void {
  const { view, id } = place.value;
  go(href(view, { ...Object.fromEntries(place.value.params), ...params }, id), isSame);
}

/** Follows the address bar and the back button. */
export function followAddress(): void {
  addEventListener("hashchange", () => place.value = placeOf(location.hash));
  addEventListener("popstate", () => place.value = placeOf(location.hash));
}
