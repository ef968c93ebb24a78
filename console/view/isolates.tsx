/**
 * The isolates of a service: how many answered, and of which one a view is.
 *
 * @module
 */
import type { JSX } from "preact";
import { type Members, members } from "../data/members.ts";
import { link } from "../data/state.ts";
import { change, place } from "../place.ts";
import { many, shown } from "../text/format.ts";
import { use } from "../use.ts";

/** None of a saved session, which has the rows of all. */
function useMembers(): Members | undefined {
  const known = use(members), isFile = use(link).kind === "file";
  return isFile ? undefined : known;
}

/** How many there are, for the top of the page. */
export function Isolates(): JSX.Element | null {
  const known = useMembers();
  if (known === undefined || known.present.length < 2) return null;
  return (
    <>
      <span class="sep" />
      <span class="isolates" title={known.present.map(shown).join(", ")}>
        {many(known.present.length, "isolate")}
      </span>
    </>
  );
}

/** Says who is missing from all that is shown. */
export function Silent(): JSX.Element | null {
  const known = useMembers();
  if (known === undefined || known.missing.length === 0) return null;
  const { present, missing } = known;
  return (
    <p class="banner bad" role="status">
      <b>{missing.length} of {many(present.length, "isolate")} did not answer</b> in 500 ms:{" "}
      <span class="mono">{missing.map(shown).join(", ")}</span>. What came of it before stays here;
      what is new lacks it.
    </p>
  );
}

/**
 * The path of an answer that is of one isolate: of the one that the address names, or the first. Connections
 * may lead to any of them, so that it is asked for by name.
 */
export function useOfOne(path: string): string {
  use(place);
  use(members);
  return ofOne(path);
}

/** {@linkcode useOfOne}, outside of what is drawn. */
export function ofOne(path: string): string {
  const name = nameOf(place.peek().params.get("of"), members.peek()?.present ?? []);
  return name === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}isolate=${name}`;
}

function nameOf(asked: string | undefined, present: readonly string[]): string | undefined {
  if (present.length < 2) return undefined;
  return encodeURIComponent(asked !== undefined && present.includes(asked) ? asked : present[0]!);
}

/** Of which isolate a view is, with the others to choose from. */
export function OfIsolate(): JSX.Element | null {
  const { present = [] } = use(members) ?? {}, asked = use(place).params.get("of");
  if (present.length < 2) return null;
  const current = nameOf(asked, present);
  return (
    <p class="takes" role="group" aria-label="Isolate">
      <span class="muted">Of one isolate:</span>
      {present.map((name) => (
        <button
          key={name}
          type="button"
          class="btn small"
          aria-pressed={name === current}
          onClick={() => change({ of: name })}
        >
          <span class="mono">{shown(name)}</span>
        </button>
      ))}
    </p>
  );
}
