/**
 * The process: event loop, heap and what collections leave of it, CPU, clocks; with what may have changed it.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import type { RuntimeReply } from "../../src/console/state/shapes.ts";
import type { ChartMark } from "../chart/course.ts";
import { ChartPanel } from "../chart/panel.tsx";
import { useLast, useSpan } from "../chart/span.ts";
import { useReply } from "../data/reply.ts";
import { askHref } from "../place.ts";
import { bytes, clock, ms, number, pct, shown, span } from "../text/format.ts";
import { OfIsolate, useOfOne } from "./isolates.tsx";
import { Missing, Stale } from "./missing.tsx";
import { Panel } from "./parts.tsx";

const EVERY_MS = 5000, MINUTE_MS = 60_000;

/** The runtime. */
export function View(): JSX.Element {
  const last = useLast();
  const reply = useReply<RuntimeReply>(useOfOne(`api/runtime?last=${last}`), { everyMs: EVERY_MS });
  const { value } = reply, shownSpan = useSpan(value?.timeMs ?? []);
  if (value === undefined) return <Missing title="Runtime" of={reply} />;
  const { timeMs, loopMs, cpu, gc, markers } = value;
  const time = { timeMs, ...shownSpan, marks: markers };
  return (
    <>
      <h1 class="sr">Runtime</h1>
      <OfIsolate />
      <Stale of={reply} />
      <p class="say">{heapWords(value)}</p>
      <div class="charts">
        <ChartPanel
          {...time}
          title="Lag of the event loop"
          side={
            <a class="btn small" href={askHref("loop.ms>=50 why sync.ms>=50")}>Who blocks it</a>
          }
          courses={[{ name: "most", values: loopMs, color: "blue", as: "area" }]}
          unit={ms}
        />
        <Heap of={value} time={time} />
        <ChartPanel
          {...time}
          title="CPU"
          courses={[{ name: "cores in use", values: cpu, color: "client", as: "area" }]}
          unit={number}
          most={0.1}
        />
        <ChartPanel
          {...time}
          title="Garbage collection"
          courses={[{ name: "share of the time", values: gc, color: "db", as: "bars" }]}
          unit={pct}
          most={0.01}
        />
      </div>
      <div class="charts">
        <Facts of={value} />
        <Clocks of={value} />
        <Markers all={markers} />
      </div>
    </>
  );
}

/** The heap in use, what major collections left, and where that leads. */
function Heap({ of, time }: {
  of: RuntimeReply;
  time: { timeMs: readonly number[]; fromMs: number; toMs: number; marks: readonly ChartMark[] };
}): JSX.Element {
  const { heapBytes, heapLimitBytes, floors, slope } = of;
  const trend = slope === null ? undefined : trendOf(of, slope);
  const rises = slope !== null && slope.bytesAMinute > 0;
  return (
    <ChartPanel
      {...time}
      title="Heap"
      side={slope !== null && <span>floor {perMinute(slope.bytesAMinute)}</span>}
      courses={[
        { name: "in use", values: heapBytes, color: "internal", as: "area" },
        ...trend === undefined ? [] : [
          {
            name: "floor's slope",
            values: trend,
            color: rises ? "lamp" : "good",
            as: "dashed",
          } as const,
        ],
      ]}
      points={floors.map(({ timeMs, bytes: left }) => ({
        timeMs,
        value: left,
        title: `${bytes(left)} left by the major collection at ${clock(timeMs)}`,
      }))}
      limit={heapLimitBytes === null
        ? undefined
        : { value: heapLimitBytes, text: `limit ${bytes(heapLimitBytes)}` }}
      unit={bytes}
    >
      <p class="foot">
        {floors.length === 0
          ? "No major collection yet: what the heap can't do without is not known."
          : "A dot is what a major collection left: what is really held."}
      </p>
    </ChartPanel>
  );
}

/** A line through the last floor with the slope of all. */
function trendOf(
  { timeMs, floors }: RuntimeReply,
  { bytesAMinute, sinceMs }: NonNullable<RuntimeReply["slope"]>,
): (number | null)[] {
  const last = floors.at(-1);
  return timeMs.map((time) =>
    last === undefined || time < sinceMs
      ? null
      : Math.max(0, last.bytes + bytesAMinute * (time - last.timeMs) / MINUTE_MS)
  );
}

function heapWords({ slope, heapBytes, floors }: RuntimeReply): ComponentChildren {
  const now = heapBytes.findLast((one) => one !== null);
  if (slope === null) {
    return (
      <>
        The heap holds{" "}
        <b>{now === undefined || now === null ? "–" : bytes(now)}</b>; whether it grows is not known
        before several major collections.
      </>
    );
  }
  const { bytesAMinute, limitInMs, sinceMs } = slope, floor = floors.at(-1);
  return (
    <>
      What major collections leave {bytesAMinute > 0 ? "grows" : "does not grow"}:{" "}
      <b class={limitInMs === null ? "" : "bad"}>{perMinute(bytesAMinute)}</b> since{" "}
      {clock(sinceMs, "min")}
      {floor !== undefined && (
        <>
          , now <b>{bytes(floor.bytes)}</b>
        </>
      )}
      {limitInMs !== null && (
        <>
          ; the limit is reached in <b class="bad">{span(limitInMs)}</b>
        </>
      )}.
    </>
  );
}

function perMinute(bytesAMinute: number): string {
  const sign = bytesAMinute < 0 ? "−" : "+";
  return `${sign}${bytes(Math.round(Math.abs(bytesAMinute)))}/min`;
}

function Facts({ of: { rssBytes, heapLimitBytes, fds } }: { of: RuntimeReply }): JSX.Element {
  return (
    <Panel title="Process" className="below">
      <dl class="facts-list">
        <dt>Resident memory</dt>
        <dd>{bytes(rssBytes)}</dd>
        <dt>Limit of the heap</dt>
        <dd>{heapLimitBytes === null ? "none known" : bytes(heapLimitBytes)}</dd>
        <dt>Open files and sockets</dt>
        <dd>{fds === null ? "not known here" : number(fds)}</dd>
      </dl>
    </Panel>
  );
}

function Clocks({ of: { steps, skews } }: { of: RuntimeReply }): JSX.Element {
  return (
    <Panel title="Clocks" className="below">
      {steps.length === 0 && skews.length === 0
        ? <p class="note-text">No step of this clock, and no other host's differs.</p>
        : (
          <ul class="plainlist">
            {steps.map(({ timeMs, stepMs }) => (
              <li key={timeMs}>
                <span class="dot warn" />This clock stepped <b>{signed(stepMs)}</b> at{" "}
                {clock(timeMs)}
              </li>
            ))}
            {skews.map(({ host, skewMs, sinceMs, looks }) => (
              <li key={host}>
                <span class="dot warn" />
                <span class="mono">{shown(host)}</span> is <b>{ms(Math.abs(skewMs))}</b>{" "}
                {skewMs < 0 ? "behind" : "ahead"} since {clock(sinceMs, "min")}, say {number(looks)}
                {" "}
                of its responses
              </li>
            ))}
          </ul>
        )}
    </Panel>
  );
}

function Markers({ all }: { all: RuntimeReply["markers"] }): JSX.Element {
  return (
    <Panel title="What changed" className="below" side={<span>dashed in the charts</span>}>
      {all.length === 0 ? <p class="note-text">Nothing in this time.</p> : (
        <ul class="plainlist">
          {all.toReversed().slice(0, 12).map(({ timeMs, kind, text }) => (
            <li key={`${timeMs} ${text}`}>
              <span class="faint">{clock(timeMs)}</span> <span class="tag">{kind}</span>{" "}
              {shown(text)}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function signed(stepMs: number): string {
  return `${stepMs < 0 ? "−" : "+"}${ms(Math.abs(stepMs))}`;
}
