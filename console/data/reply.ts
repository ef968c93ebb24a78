/**
 * Answers of the service that views ask for while they are open, again and again.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import { use } from "../use.ts";
import { get } from "./http.ts";
import { noteMembers } from "./members.ts";
import { link, paused } from "./state.ts";

/** What is known of an answer. */
export interface Reply<T> {
  /** The last one; undefined before the first. */
  readonly value: T | undefined;
  /** Why there is none, or no newer one; empty if there is. */
  readonly why: string;
  /** Asks again at once. */
  readonly again: () => void;
}

const EVERY_MS = 10_000;
/** More pages of a list than this are not asked for. */
const MAX_PAGES = 12;

/**
 * The JSON at a path, asked again each `everyMs` while the page is seen and not paused. With `pages` the
 * answers to `after=` are put together. Undefined asks for nothing.
 */
export function useReply<T>(
  path: string | undefined,
  { everyMs = EVERY_MS, pages }: { everyMs?: number; pages?: Pages | undefined } = {},
): Reply<T> {
  const [known, setKnown] = useState<{ path?: string; value?: T; why: string }>({ why: "" });
  const [asked, ask] = useState(0), isFile = use(link).kind === "file";
  useEffect(() => {
    if (path === undefined || isFile) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined, isBusy = false;
    const look = async () => {
      clearTimeout(timer);
      if (isBusy) return;
      isBusy = true;
      try {
        const value = await read(path, stop.signal, pages) as T;
        if (!stop.signal.aborted) setKnown({ path, value, why: "" });
      } catch (error) {
        if (stop.signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        setKnown((before) => before.path === path ? { ...before, why } : { path, why });
      }
      isBusy = false;
      timer = setTimeout(next, everyMs);
    };
    const next = () => {
      if (document.visibilityState !== "visible" || paused.value !== undefined) {
        timer = setTimeout(next, everyMs);
      } else look();
    };
    const seen = () => {
      if (document.visibilityState === "visible" && paused.value === undefined) look();
    };
    document.addEventListener("visibilitychange", seen);
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, isFile, asked]);
  const again = () => ask(asked + 1);
  if (isFile) return { value: undefined, why: OF_A_FILE, again };
  // What was asked before is no answer to this.
  return known.path === path
    ? { value: known.value, why: known.why, again }
    : { value: undefined, why: "", again };
}

/** How a list that has several pages is asked for: its name, and what `after` is once some are told. */
export interface Pages {
  readonly list: string;
  readonly after: (last: never, told: number) => string;
}

const OF_A_FILE =
  "a saved session has requests, lines and spans; this is asked of a running service";

async function read(path: string, signal: AbortSignal, pages: Pages | undefined): Promise<unknown> {
  const first = await (await get(path, { signal })).json();
  noteMembers(first);
  if (pages === undefined) return first;
  const all: unknown[] = [...first[pages.list]];
  let { more } = first;
  for (let page = 1; more > 0 && all.length > 0 && page < MAX_PAGES; page++) {
    const after = encodeURIComponent(pages.after(all.at(-1) as never, all.length));
    const next = await (await get(`${path}?after=${after}`, { signal })).json();
    all.push(...next[pages.list]);
    more = next.more;
  }
  return { ...first, [pages.list]: all, more };
}
