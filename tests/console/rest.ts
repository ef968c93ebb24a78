import { Registry } from "../../mod.ts";
import { Faults } from "../../src/core/faults.ts";
import { RuntimeHistory } from "../../src/core/runtime/history.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import type { Loss } from "../../src/console/findings/state.ts";
import { SloRegistry } from "../../src/slo/registry.ts";
import type { ManualClock } from "../manual_clock.ts";

/** What the console reads besides rows, lines and spans: real parts, in which nothing has happened. */
export function restOf(clock: ManualClock) {
  const faults = new Faults(() => {}), metrics = new Registry({ clock });
  const losses: Loss[] = [];
  return {
    faults,
    metrics,
    health: new HealthRegistry({ clock, faults }),
    slos: new SloRegistry({ metrics, clock, faults }),
    history: new RuntimeHistory(),
    lost: losses,
    losses: () => Promise.resolve(losses),
  };
}
