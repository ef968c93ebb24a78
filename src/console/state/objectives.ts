/**
 * The objectives: what is left of their budgets, how fast it burns, and when that pages.
 *
 * @module
 */
import { alertingFactorOf, BURN_RULES } from "../../slo/live/burn.ts";
import { curveOf, pagesInMs } from "../../slo/live/outlook.ts";
import type { Slo } from "../../slo/slo.ts";
import { questionOf } from "../findings/state.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { fitting, leftOff, rounded } from "./fit.ts";
import { healthOf } from "./health.ts";
import type { SloReply, SlosReply } from "./shapes.ts";

const MAX_AFTER = 100_000;
const POINTS = 60;

/** Answers `api/slos?after=`. */
export function answerSlos(
  { slos, health, clock }: Pick<ConsoleParts, "slos" | "health" | "clock">,
  request: Request,
): Response {
  const after = new Parameters(request, ["after"]).whole("after", 0, MAX_AFTER) ?? 0;
  const timeMs = clock.now(), all = [...slos];
  const own = after === 0 ? healthOf(health, timeMs) : undefined;
  const left = all.slice(after).map((slo) => sloReply(slo, timeMs, clock.monotonic()));
  const told = fitting(left, own), more = left.length - told.length;
  return json(
    {
      timeMs,
      slos: told,
      more,
      leftOff: leftOff(more, "objectives", after + told.length),
      health: own,
    } satisfies SlosReply,
  );
}

function sloReply(slo: Slo, timeMs: number, nowMs: number): SloReply {
  const { name, definition } = slo, tracker = slo["tracker"];
  const curve = curveOf(tracker, nowMs, POINTS);
  const { description, kind, routes, underMs, windowDays } = definition;
  return {
    name,
    description,
    kind,
    routes: routes?.slice(0, 20),
    underMs,
    windowDays,
    ...slo.state(),
    alerts: BURN_RULES.map((rule) => ({
      severity: rule.severity,
      burn: alertingFactorOf(rule, definition),
      short: rule.short,
      long: rule.long,
    })),
    pagesInMs: pagesInMs(tracker, nowMs) ?? null,
    question: questionOf(slo),
    curve: {
      timeMs: curve.map(({ agoMs }) => Math.round(timeMs - agoMs)),
      budget: curve.map(({ budget }) => rounded(budget, 5)!),
    },
  };
}
