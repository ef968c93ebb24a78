/**
 * What stands in place of a view whose answer is not there.
 *
 * @module
 */
import type { JSX } from "preact";
import type { Reply } from "../data/reply.ts";
import { shown } from "../text/format.ts";
import { Empty } from "./parts.tsx";

/** That it is being asked for, or why it can't be had. */
export function Missing({ title, of }: { title: string; of: Reply<unknown> }): JSX.Element {
  return (
    <>
      <h1 class="sr">{title}</h1>
      {of.why === ""
        ? <p class="muted" role="status">Asking …</p>
        : (
          <Empty title={`${title}: not known`}>
            {upper(shown(of.why))}.
          </Empty>
        )}
    </>
  );
}

/** Says that what is shown is not of now. */
export function Stale({ of }: { of: Reply<unknown> }): JSX.Element | null {
  if (of.why === "") return null;
  return (
    <p class="banner bad" role="status">
      <b>This is not the newest</b> ({shown(of.why)}). It is tried again.{" "}
      <button type="button" class="btn small" onClick={of.again}>Try now</button>
    </p>
  );
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "");
}
