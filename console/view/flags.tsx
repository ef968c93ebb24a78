/**
 * The flags: what each variant did, side by side, and when they changed.
 *
 * @module
 */
import type { JSX } from "preact";
import type { EffectReply, FlagsReply } from "../../src/console/api/shapes.ts";
import { printName } from "../../src/events/question/print.ts";
import { state } from "../data/state.ts";
import { useReply } from "../data/reply.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { is, joined } from "../question/links.ts";
import { clock, count, many, ms, pct, shown, span } from "../text/format.ts";
import { use } from "../use.ts";
import { Missing, Stale } from "./missing.tsx";
import { Empty, Panel, Table } from "./parts.tsx";

/** A flag, with what its variants did. */
type Flag = FlagsReply["flags"][number];

const PAGES = { list: "flags", after: ({ key }: Flag) => key };
/** Fewer requests say nothing about a variant. */
const LEAST = 20;

/** The flags. */
export function View(): JSX.Element {
  const reply = useReply<FlagsReply>("api/flags", { pages: PAGES }), { value } = reply;
  if (value === undefined) return <Missing title="Flags" of={reply} />;
  const flags = [...value.flags].sort(latest);
  return (
    <>
      <h1 class="sr">Flags</h1>
      <Stale of={reply} />
      {flags.length === 0
        ? (
          <Empty title="No flag">
            <code>t.flags.define(&#123; new_checkout: &#123; default: false &#125; &#125;)</code>
            {" "}
            makes one; what its variants do to requests stands here.
          </Empty>
        )
        : flags.map((flag) => <FlagPanel key={flag.key} of={flag} />)}
    </>
  );
}

/** The last changed first, then those that are used. */
function latest(a: Flag, b: Flag): number {
  return (b.changed?.timeMs ?? 0) - (a.changed?.timeMs ?? 0) || used(b) - used(a) ||
    (a.key < b.key ? -1 : 1);
}

function used({ effect }: Flag): number {
  return effect.reduce((sum, { requests }) => sum + requests, 0);
}

function FlagPanel({ of }: { of: Flag }): JSX.Element {
  const { key, kind, variants, changed, effect } = of, field = `flag.${key}`;
  const now = use(state)?.timeMs ?? Date.now(), pair = pairOf(effect);
  return (
    <Panel
      title={shown(key)}
      className="below"
      side={
        <>
          {changed !== undefined && (
            <span class="tag warn" title={clock(changed.timeMs)}>
              {changed.change} by {shown(changed.by)} {span(now - changed.timeMs)} ago
            </span>
          )}
          {pair !== undefined && (
            <a class="btn small primary" href={askHref(whyOf(field, pair))}>Why</a>
          )}
          <a class="btn small" href={askHref(`${printName(field)}? by ${printName(field)}`)}>Ask</a>
        </>
      }
    >
      <p class="note-text">
        {kind ?? "values of several kinds"}, {many(variants.length, "variant")}
        {of.default !== undefined && (
          <>
            , <span class="mono">{shown(of.default)}</span> by default
          </>
        )}
        .
      </p>
      {effect.length === 0
        ? <p class="note-text">No request that is kept was given one of them.</p>
        : <Variants field={field} effect={effect} all={variants} />}
    </Panel>
  );
}

function Variants({ field, effect, all }: {
  field: string;
  effect: readonly EffectReply[];
  all: readonly string[];
}): JSX.Element {
  const silent = all.filter((name) => !effect.some(({ variant }) => variant === name));
  const least = Math.min(...effect.filter(isEnough).map(({ errors }) => errors));
  const fastest = Math.min(...effect.filter(isEnough).map(({ p99 }) => p99 ?? Infinity));
  return (
    <Table
      heads={[
        ["Variant"],
        ["Requests", "num"],
        ["Share", "num"],
        ["", "barcell wide", "Share as a bar"],
        ["Errors", "num"],
        ["p99", "num"],
      ]}
    >
      {effect.map((one) => {
        const { variant, requests, share, errors, p99 } = one, where = is(field, variant);
        const isWorse = isEnough(one) && errors > 2 * least + 0.005;
        const isSlower = isEnough(one) && p99 !== null && p99 > 2 * fastest;
        return (
          <tr key={variant}>
            <td>
              <a class="mono" href={askHref(where)}>{shown(variant)}</a>
            </td>
            <td class="num">{count(requests)}</td>
            <td class="num">{pct(share)}</td>
            <td class="barcell wide">
              <Bar share={share} />
            </td>
            <td class={`num ${isWorse ? "bad" : ""}`}>
              {errors === 0 ? "–" : (
                <a href={askHref(joined(where, "why status>=500"))}>
                  {isWorse ? <b>{pct(errors)}</b> : pct(errors)}
                </a>
              )}
            </td>
            <td class="num">
              {p99 === null ? "–" : isSlower ? <b class="slow">{ms(p99)}</b> : ms(p99)}
            </td>
          </tr>
        );
      })}
      {silent.map((variant) => (
        <tr key={variant}>
          <td class="mono muted">{shown(variant)}</td>
          <td class="num muted">0</td>
          <td class="num muted">0 %</td>
          <td class="barcell wide" />
          <td class="num muted">–</td>
          <td class="num muted">–</td>
        </tr>
      ))}
    </Table>
  );
}

function isEnough({ requests }: EffectReply): boolean {
  return requests >= LEAST;
}

/** The variant that fails most, or is slowest, against the one that most requests got otherwise. */
function pairOf(effect: readonly EffectReply[]): readonly [string, string] | undefined {
  const enough = effect.filter(isEnough);
  if (enough.length < 2) return undefined;
  const [worst] = [...enough].sort((a, b) => b.errors - a.errors || (b.p99 ?? 0) - (a.p99 ?? 0));
  const [other] = enough.filter((one) => one !== worst).sort((a, b) => b.requests - a.requests);
  return [worst!.variant, other!.variant];
}

function whyOf(field: string, [worst, other]: readonly [string, string]): string {
  return `why ${is(field, worst)} vs ${is(field, other)}`;
}
