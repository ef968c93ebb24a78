import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Tracer } from "../../src/trace/tracer.ts";

test("a span that starts after a suspend shows the wall clock, one that was open goes on", () => {
  let wall = Date.UTC(2026, 0, 1), monotonic = 5000;
  const clock = {
    now: () => wall,
    monotonic: () => monotonic,
    after: () => () => {},
    every: () => () => {},
  };
  const tracer = new Tracer({ clock });
  const open = tracer.start("open");
  tracer.span("before", () => {});
  monotonic += 300;
  wall += 8 * 3_600_000;
  tracer.span("after", (span) => {
    span.event("first");
    tracer.span("child", () => {});
  });
  tracer.start("told", { startedAtMs: monotonic }).end();
  open.event("still").end();
  const at = (ms: number) => new Date(ms).toISOString().slice(11);
  deepEqual(
    tracer.finished.since(0).map((
      { name, startTimeMs, durationMs, events },
    ) => [name, at(startTimeMs), durationMs, ...events.map(({ timeMs }) => at(timeMs))]),
    [
      ["before", "00:00:00.000Z", 0],
      ["child", "08:00:00.000Z", 0],
      ["after", "08:00:00.000Z", 0, "08:00:00.000Z"],
      ["told", "08:00:00.000Z", 0],
      // Within a span time goes on by the monotonic clock, so that its events lie in it.
      ["open", "00:00:00.000Z", 300, "00:00:00.300Z"],
    ],
  );
});
