/**
 * One profile: its flame graph, and its functions in a table.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ProfileReply } from "../../src/console/state/shapes.ts";
import { get } from "../data/http.ts";
import { change, href, place } from "../place.ts";
import { bytes, clock, count, ms, pct, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { Bar } from "../picture/spark.tsx";
import { ofOne } from "../view/isolates.tsx";
import { Copy, Panel, Table } from "../view/parts.tsx";
import { changeWords, Flame } from "./flame.tsx";
import { type Node, totalsOf, treeOf } from "./tree.ts";

const MOST = 30;

/** A profile; `other` is what it is compared with. */
export function ProfilePanel({ of, other, others }: {
  of: ProfileReply;
  other: ProfileReply | undefined;
  others: readonly ProfileReply[];
}): JSX.Element {
  const { params } = use(place), path = params.get("root") ?? "", search = params.get("q") ?? "";
  const mine = useFolded(of.id), theirs = useFolded(other?.id);
  const tree = useMemo(
    () => mine.text === undefined ? undefined : treeOf(mine.text, theirs.text),
    [mine.text, theirs.text],
  );
  const isDiff = other !== undefined && theirs.text !== undefined;
  const unit = of.kind === "cpu" ? micros : bytes;
  const why = mine.why || theirs.why;
  return (
    <Panel
      title={`${of.kind === "cpu" ? "CPU" : "Heap"} of ${clock(of.timeMs)}`}
      className="below"
      side={
        <>
          <input
            class="filter"
            type="search"
            aria-label="Functions that are marked"
            placeholder="find a function"
            spellcheck={false}
            value={search}
            onInput={({ currentTarget }) => change({ q: currentTarget.value }, true)}
          />
          {others.length > 0 && <Others all={others} current={other?.id ?? ""} />}
          {path !== "" && (
            <button
              type="button"
              class="btn small"
              onClick={() => change({ root: "" })}
            >
              Show all
            </button>
          )}
          <Copy text={() => location.href}>Copy link</Copy>
          <a class="btn small" href={href("profiles")}>Close</a>
        </>
      }
    >
      {tree === undefined
        ? <p class="note-text" role="status">{why === "" ? "Reading it …" : shown(why)}</p>
        : tree.total === 0
        ? <p class="note-text">It has no sample: nothing ran in that time.</p>
        : (
          <>
            <Found tree={tree} search={search} unit={unit} />
            <Flame
              tree={tree}
              path={path}
              search={search}
              isDiff={isDiff}
              unit={unit}
              onRoot={(root) => change({ root })}
            />
            <Functions tree={tree} search={search} isDiff={isDiff} unit={unit} />
          </>
        )}
    </Panel>
  );
}

/** Chooses what it is compared with. */
function Others({ all, current }: {
  all: readonly ProfileReply[];
  current: string;
}): JSX.Element {
  return (
    <select
      class="filter"
      aria-label="Compare with"
      value={current}
      onChange={({ currentTarget }) => change({ vs: currentTarget.value })}
    >
      <option value="">compare with …</option>
      {all.map(({ id, timeMs, trigger }) => (
        <option key={id} value={id}>{`${clock(timeMs)}, ${shown(trigger)}`}</option>
      ))}
    </select>
  );
}

/** How much of the profile is in what was searched for. */
function Found({ tree, search, unit }: {
  tree: Node;
  search: string;
  unit: (value: number) => string;
}): JSX.Element | null {
  const sum = useMemo(() => search === "" ? 0 : within(tree, search.toLowerCase()), [tree, search]);
  if (search === "") return null;
  return (
    <p class="note-text" role="status">
      {sum === 0
        ? (
          <>
            No function has <b>{shown(search)}</b> in its name.
          </>
        )
        : (
          <>
            <b>{pct(sum / tree.total)}</b>, {unit(sum)}, is in functions with <b>{shown(search)}</b>
            {" "}
            in their name and what they called.
          </>
        )}
    </p>
  );
}

function within(node: Node, search: string): number {
  if (node.name.toLowerCase().includes(search)) return node.total;
  return node.children.reduce((sum, child) => sum + within(child, search), 0);
}

/** The functions, those with the most of their own first. */
function Functions({ tree, search, isDiff, unit }: {
  tree: Node;
  search: string;
  isDiff: boolean;
  unit: (value: number) => string;
}): JSX.Element {
  const totals = useMemo(() => totalsOf(tree), [tree]), wanted = search.toLowerCase();
  const found = totals.filter(({ name }) => name.toLowerCase().includes(wanted));
  const changes = ({ total, before }: { total: number; before: number }) =>
    total / tree.total - (tree.before === 0 ? 0 : before / tree.before);
  const listed = isDiff
    ? found.toSorted((a, b) => Math.abs(changes(b)) - Math.abs(changes(a)))
    : found;
  return (
    <div class="scroll">
      <Table
        className="functions"
        heads={[["Function"], ["Itself", "num"], ["", "barcell", "Itself as a bar"], [
          "With what it called",
          "num",
        ], isDiff && ["Than in the other"]]}
      >
        {listed.slice(0, MOST).map((one) => (
          <tr key={one.name}>
            <td class="mono">{shown(one.name)}</td>
            <td class="num" title={unit(one.self)}>{pct(one.self / tree.total)}</td>
            <td class="barcell">
              <Bar share={one.self / tree.total} />
            </td>
            <td class="num" title={unit(one.total)}>{pct(one.total / tree.total)}</td>
            {isDiff && <td class="nowrap">{changeWords(changes(one))}</td>}
          </tr>
        ))}
      </Table>
      {listed.length > MOST && (
        <p class="foot">{count(listed.length - MOST)} more functions; search finds them.</p>
      )}
    </div>
  );
}

/** The folded stacks of a profile. */
function useFolded(id: string | undefined): { text?: string; why: string } {
  const [known, setKnown] = useState<{ id?: string; text?: string; why: string }>({ why: "" });
  useEffect(() => {
    if (id === undefined) return;
    const stop = new AbortController();
    get(ofOne(`api/profiles?id=${encodeURIComponent(id)}&format=folded`), { signal: stop.signal })
      .then((response) => response.text())
      .then((text) => setKnown({ id, text, why: "" }))
      .catch((error) => {
        if (!stop.signal.aborted) setKnown({ id, why: String(error.message ?? error) });
      });
    return () => stop.abort();
  }, [id]);
  return known.id === id && id !== undefined ? known : { why: "" };
}

/** Microseconds. */
function micros(value: number): string {
  return ms(value / 1000);
}
