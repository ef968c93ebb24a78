import { Registry } from "../../mod.ts";
import { type AlertState, SloRegistry } from "../../src/slo/mod.ts";
import { ManualClock } from "../manual_clock.ts";

/** Some minutes with so many events each. */
export type Phase = readonly [minutes: number, good: number, bad: number];

/** What an SLO of 99.9 % says in the process at the end of each minute, from minute 0 on. */
export function liveStates(phases: readonly Phase[]): AlertState[] {
  const clock = new ManualClock();
  const registry = new SloRegistry({ metrics: new Registry({ clock }), clock });
  const slo = registry.define("checkout", { objective: 0.999, custom: true });
  const states: AlertState[] = ["none"];
  for (const [minutes, good, bad] of phases) {
    for (let step = 0; step < minutes * 6; step++) {
      slo.good(good / 6);
      slo.bad(bad / 6);
      clock.advance(10_000);
      if (step % 6 === 5) states.push(slo.state().alert);
    }
  }
  return states;
}

/**
 * The same events as series of promtool: `0+600x60` is sixty samples, each of 600 events more.
 *
 * @param stepMinutes between two samples; each phase is a multiple of it
 */
export function seriesOf(phases: readonly Phase[], stepMinutes = 1): object[] {
  return (["good", "bad"] as const).map((outcome, i) => {
    let total = 0;
    const values = phases.map((phase, at) => {
      const steps = phase[0] / stepMinutes, each = phase[i + 1]! * stepMinutes;
      const text = at === 0 ? `0+${each}x${steps}` : `${total + each}+${each}x${steps - 1}`;
      total += steps * each;
      return text;
    });
    return {
      series: `slo_events_total{slo="checkout",outcome="${outcome}"}`,
      values: values.join(" "),
    };
  });
}

/** Whether an expression has a result of 1, or none, at a minute. */
export function expectation(expr: string, minute: number, isThere: boolean): object {
  return {
    expr,
    eval_time: `${minute}m`,
    exp_samples: isThere ? [{ labels: "{}", value: 1 }] : [],
  };
}

/** The firing alerts of a severity, as 1. */
export function firing(alertname: string, severity: string): string {
  return `count(ALERTS{alertstate="firing",alertname="${alertname}",severity="${severity}"})`;
}
