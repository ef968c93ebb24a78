/**
 * One trace: its spans over time, its lines, and how common what is known of it is.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RowsAnswer } from "../../src/events/ask/answer.ts";
import { ask } from "../../src/events/ask/ask.ts";
import { lines, link, paused, range, requests, shownLines, shownRequests } from "../data/state.ts";
import { readSpans, rowOfTrace, type Spans } from "../data/trace.ts";
import { keyOf, usualOf } from "../data/usual.ts";
import type { WireSpan } from "../data/wire.ts";
import { Heat } from "../picture/heat.tsx";
import { quantile } from "../picture/scale.ts";
import { askHref, change, href, logsHref, place } from "../place.ts";
import { maskOf } from "../question/answer.ts";
import { is, joined, ofRoute } from "../question/links.ts";
import { pick } from "../question/pick.ts";
import { parse } from "../../src/events/question/parse.ts";
import { clock, many, ms, shown, utc } from "../text/format.ts";
import { use } from "../use.ts";
import { LineList } from "../log/lines.tsx";
import { ringOf } from "./overview.tsx";
import { Copy, Empty, Panel, save, Status } from "./parts.tsx";
import { TracePane } from "./trace_pane.tsx";
import { Waterfall } from "./waterfall.tsx";

/** The view of one trace. */
export function View(): JSX.Element {
  const { id, params } = use(place), how = use(link).kind;
  const [spans, setSpans] = useState<Spans | undefined>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    readSpans(id, stop.signal).then(setSpans, () => {});
    return () => stop.abort();
  }, [id, how]);
  const held = use(paused);
  use(requests.version);
  use(lines.version);
  const known = useMemo(() => {
    const all = held?.requests ?? requests.frame(), at = rowOfTrace(all, id);
    return { all, at, fields: at < 0 ? undefined : all.row(at) };
    // A row that was found does not change: only a missing one is looked for again.
  }, [id, held, spans]);
  const { all, at, fields } = known;
  const same = useMemo(() => {
    if (fields === undefined) return all;
    const condition = ofRoute(String(fields.method ?? ""), String(fields.route ?? ""));
    return pick(all, maskOf(all, [parse(condition).where]));
  }, [known]);
  const [usualSpans, setUsual] = useState<ReadonlyMap<string, number>>(new Map());
  const hasSpans = spans !== undefined && "spans" in spans;
  useEffect(() => {
    if (!hasSpans || spans.spans.some(({ usualMs }) => usualMs !== undefined)) return;
    const stop = new AbortController();
    usualOf(same, id, stop.signal).then(setUsual, () => {});
    return () => stop.abort();
  }, [id, hasSpans]);
  const own = useMemo(() => {
    const found = ask(
      held?.lines ?? lines.frame(),
      `trace:${JSON.stringify(id)} top 500`,
    );
    return (found as RowsAnswer).rows.toReversed();
  }, [id, held, use(shownLines)]);
  const list = spans !== undefined && "spans" in spans ? spans.spans : [];
  if (spans !== undefined && list.length === 0 && fields === undefined) {
    return (
      <>
        <h1 class="sr">Trace</h1>
        <Empty title="No such trace here">
          Neither its spans nor its request are held:{" "}
          {"missing" in spans ? shown(spans.missing) : ""}.
        </Empty>
      </>
    );
  }
  const root = list.find(({ parentSpanId }) => !list.some(({ spanId }) => spanId === parentSpanId));
  const took = fields?.ms === undefined ? root?.durationMs : Number(fields.ms);
  const usual = usualTime(same), failed = list.filter(({ status }) => status === "error").length;
  const selected = params.get("span") ?? "", hasFailed = Number(fields?.status) >= 500;
  const route = ofRoute(String(fields?.method ?? ""), String(fields?.route ?? ""));
  const name = fields === undefined
    ? root?.name ?? ""
    : `${fields.method ?? ""} ${fields.route ?? fields.path ?? ""}`;
  const startMs = fields?.time === undefined ? root?.startTimeMs ?? 0 : Number(fields.time);
  return (
    <>
      <nav class="crumb" aria-label="Where this is">
        <a href={href("traces")}>Traces</a>
        <span aria-hidden="true">›</span>
        <span>Trace</span>
      </nav>
      <div class="thead">
        <div>
          <h1>
            <span class="ell">{shown(name)}</span>
            <Status status={fields?.status} />
            {took !== undefined && <span class="nowrap">{ms(took)}</span>}
            {usual !== undefined && <span class="usually">usually {ms(usual)}</span>}
          </h1>
          <div class="meta">
            <time title={utc(startMs)}>{clock(startMs, "ms")}</time>
            <span>
              trace <span class="mono">{id.slice(0, 16)}…</span>
            </span>
            <span>{many(list.length - (root === undefined ? 0 : 1), "child span")}</span>
            {failed > 0 && <span class="bad">{failed} failed</span>}
            <a class="mono" href={logsHref(is("trace", id))}>{many(own.length, "line")}</a>
          </div>
        </div>
        <div class="acts">
          {fields !== undefined && took !== undefined && (hasFailed || !(took < 1.2 * usual!)) && (
            <a
              class="btn small"
              href={askHref(
                joined(route, `why ${hasFailed ? "status>=500" : `ms>=${limitOf(took, usual)}`}`),
              )}
            >
              {hasFailed ? "Why do such fail" : "Why are such slow"}
            </a>
          )}
          <Copy text={() => location.href}>Copy link</Copy>
          <button
            type="button"
            class="btn small"
            onClick={() =>
              save(
                `trace-${id}.json`,
                [JSON.stringify({ row: fields, spans: list }, null, 2)],
                "application/json",
              )}
          >
            Export
          </button>
        </div>
      </div>
      <div class="trace">
        <div>
          {list.length > 0
            ? (
              <Waterfall
                spans={list}
                lines={own}
                selected={selected}
                rootUsual={usual}
                usual={usualSpans}
                onSelect={(span) => change({ span }, true)}
              />
            )
            : (
              <Panel title="Spans">
                <p class="note-text">
                  {spans === undefined
                    ? "Reading them …"
                    : `There are none: ${
                      "missing" in spans ? shown(spans.missing) : ""
                    }. What is known of the request stands beside.`}
                </p>
              </Panel>
            )}
          <Panel
            title="Lines of this trace"
            className="gap"
            side={
              <>
                {many(own.length, "line")}
                <a class="btn small" href={logsHref(is("trace", id))}>In the log</a>
              </>
            }
          >
            {own.length === 0
              ? (
                <p class="note-text">
                  Nothing was logged in it, or the lines made room for newer ones.
                </p>
              )
              : (
                <LineList
                  rows={own}
                  startMs={startMs}
                  spanName={(span) => list.find(({ spanId }) => spanId === span)?.name}
                  onSpan={(span) => change({ span }, true)}
                />
              )}
          </Panel>
          {at >= 0 && fields?.ms !== undefined && (
            <Stands same={same} ring={ringOf(all, at, id)} route={route} />
          )}
        </div>
        <TracePane
          fields={fields}
          same={same}
          span={withUsual(list.find(({ spanId }) => spanId === selected) ?? root, usualSpans)}
          isSpanChosen={selected !== ""}
          trace={id}
          route={route}
          spans={list}
        />
      </div>
    </>
  );
}

/** Where the request stands among those of its route. */
function Stands({ same, ring, route }: {
  same: ReturnType<typeof pick>;
  ring: ReturnType<typeof ringOf>;
  route: string;
}): JSX.Element {
  const { fromMs, toMs } = use(range);
  use(shownRequests);
  const from = Math.min(fromMs, ring.timeMs), to = Math.max(toMs, ring.timeMs);
  return (
    <Panel
      title="Where it stands among the requests of its route"
      className="gap"
      side={<a class="btn small" href={askHref(route)}>Ask</a>}
    >
      <Heat frame={same} fromMs={from} toMs={to} height={105} rings={[ring]} isAboutRing />
    </Panel>
  );
}

function withUsual(
  span: WireSpan | undefined,
  usual: ReadonlyMap<string, number>,
): WireSpan | undefined {
  return span && { ...span, usualMs: span.usualMs ?? usual.get(keyOf(span)) };
}

function usualTime(same: ReturnType<typeof pick>): number | undefined {
  const sorted = (same.column("ms")?.numbers ?? new Float64Array()).filter((each) => each === each)
    .sort();
  return sorted.length < 5 ? undefined : quantile(sorted, 0.5);
}

/** From where on a request is as slow as this: round, and not below what is usual. */
function limitOf(took: number, usual = 0): number {
  return Number(Math.max(took * 0.7, Math.min(took, 2 * usual)).toPrecision(2));
}
