/**
 * The routes: how many requests, how many failed, how long they take.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { routesOf, type Summary } from "../data/summary.ts";
import { Spark } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { joined, ofRoute } from "../question/links.ts";
import { below, count, ms, pct, shown } from "../text/format.ts";
import { Panel, Table } from "./parts.tsx";

const BINS = 40, MOST = 20;

/** What the instrumentation writes where there is no name. */
const NAMES: { readonly [name: string]: string | undefined } = {
  unmatched: "(no route)",
  _OTHER: "other method",
};

/** The routes, the most frequent first. */
export function Routes(
  { frame, fromMs, toMs }: { frame: Frame; fromMs: number; toMs: number },
): JSX.Element {
  const routes = useMemo(() => routesOf(frame, fromMs, toMs, BINS), [frame, fromMs, toMs]);
  const seconds = Math.max(1, (toMs - fromMs) / 1000);
  const shownRoutes = routes.slice(0, MOST);
  const top = Math.max(LEAST_MS * 10, ...shownRoutes.flatMap(({ p99s }) => peakOf(p99s)));
  return (
    <Panel
      title="Routes"
      side={
        <>
          {routes.length > MOST && <span>{count(routes.length - MOST)} more in Ask</span>}
          <a class="btn small" href={askHref("by method,route")}>Ask</a>
        </>
      }
    >
      <Table
        className="routes"
        heads={[
          ["Route"],
          ["Requests/s", "num"],
          ["", "pic", "Requests over time"],
          ["4xx", "num"],
          ["5xx", "num"],
          ["", "pic", "Failures over time"],
          ["p50", "num"],
          ["p95", "num"],
          ["p99", "num"],
          ["p99 over time", "pic"],
        ]}
      >
        {shownRoutes.map((route) => (
          <Route
            key={`${route.method} ${route.route}`}
            of={route}
            seconds={seconds}
            top={top}
          />
        ))}
      </Table>
    </Panel>
  );
}

/** Below it all durations stand at the bottom. */
const LEAST_MS = 0.1;

/** All routes on one logarithmic scale: 5 ms must not stand as tall as 740 ms. */
function logOf(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(0, Math.log10(value / LEAST_MS)));
}

function peakOf(values: Float64Array): number {
  return values.reduce((most, value) => value > most ? value : most, 0);
}

function Route(
  { of, seconds, top }: { of: Summary; seconds: number; top: number },
): JSX.Element {
  const { method, route, count: requests, refused, failed } = of, where = ofRoute(method, route);
  const isSlow = of.p99 > 8 * of.p50 && of.p99 > 100;
  const share = failed / requests, slow = below(Math.min(of.p99, Math.max(3 * of.p50, of.p95)));
  return (
    <tr>
      <td>
        <a href={askHref(joined(where, "by status"))}>
          <span class="verb">{NAMES[method] ?? shown(method)}</span>{" "}
          <span class="mono">{route === "" ? "no route" : NAMES[route] ?? shown(route)}</span>
        </a>
      </td>
      <td class="num">{rate(requests / seconds)}</td>
      <td class="pic">
        <Spark values={of.counts} width={84} height={20} thin />
      </td>
      <td class="num muted">
        {refused === 0
          ? "–"
          : <a href={askHref(joined(where, "status:4xx"))}>{pct(refused / requests)}</a>}
      </td>
      <td class={`num ${share > 0.01 ? "bad" : "muted"}`}>
        {failed === 0 ? "–" : <a href={askHref(joined(where, "why status>=500"))}>{pct(share)}</a>}
      </td>
      <td class="pic">
        {failed > 0 && <Spark values={of.failures} width={84} height={20} color="bad" thin />}
      </td>
      <td class="num">{figure(of.p50)}</td>
      <td class="num">{figure(of.p95)}</td>
      <td class="num">
        {Number.isNaN(of.p99) ? "–" : (
          <a href={askHref(joined(where, `why ms>=${slow}`))}>
            {isSlow ? <b class="slow">{ms(of.p99)}</b> : ms(of.p99)}
          </a>
        )}
      </td>
      <td class="pic">
        <Spark
          values={logOf(of.p99s)}
          max={Math.log10(top / LEAST_MS)}
          color={isSlow ? "lamp" : "blue"}
          width={150}
          height={20}
          thin
        />
      </td>
    </tr>
  );
}

function figure(value: number): string {
  return Number.isNaN(value) ? "–" : ms(value);
}

function rate(value: number): string {
  return value >= 99.5 ? count(value) : value.toFixed(value >= 0.95 ? 1 : 2);
}
