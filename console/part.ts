/**
 * Parts of the page that are loaded when they are first needed. A part is a script with a fixed name, of which
 * the page's policy names the hash; it leaves a function that takes what the page shares with it.
 *
 * @module
 */
import { BASE } from "./data/http.ts";

type Exports = Readonly<Record<string, unknown>>;

/** Where a part is, and the parts that it needs before itself. */
interface Place {
  readonly url: string;
  readonly needs: readonly string[];
}

declare global {
  /** What parts leave: a saved page has all of them in it. */
  var telltale: Record<string, ((shared: Exports) => Exports) | undefined> | undefined;
}

/** What the page shares with its parts, by names that the build gives. */
let shared: Exports = {};
let places: Readonly<Record<string, Place>> = {};

const loaded = new Map<string, Promise<Exports>>();

/** Called by the build's first script with what parts need. */
export function offer(given: Exports, table: typeof places): void {
  shared = given;
  places = table;
}

/** The addresses of all parts. */
export function partUrls(): readonly string[] {
  return Object.values(places).map(({ url }) => url);
}

/** What a part exports; it is loaded once, and again if that failed. */
export function part(name: string): Promise<Exports> {
  let loading = loaded.get(name);
  if (loading === undefined) {
    loading = load(name).catch((error) => {
      loaded.delete(name);
      throw error;
    });
    loaded.set(name, loading);
  }
  return loading;
}

/** Fetches all parts, so that views open at once, and also when the service is gone. */
export function fetchParts(): void {
  for (const name of Object.keys(places)) fetched(name).catch(() => {});
}

async function load(name: string): Promise<Exports> {
  const [before] = await Promise.all([
    Promise.all(places[name]!.needs.map(part)),
    fetched(name),
  ]);
  return globalThis.telltale![name]!(Object.assign({}, shared, ...before));
}

async function fetched(name: string): Promise<void> {
  if (globalThis.telltale?.[name] === undefined) await import(BASE + places[name]!.url);
}
