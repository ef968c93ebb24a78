/**
 * The metrics of a pool of connections, by the semantic conventions.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Counter } from "../../metrics/instrument/counter.ts";
import type { BoundHistogram } from "../../metrics/instrument/histogram.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Target } from "./target.ts";

/** What a pool says of itself; undefined for what it does not say. */
export interface PoolNumbers {
  readonly idle: number;
  readonly used: number;
  /** Callers that wait for a connection. */
  readonly pending: number;
  readonly max: number | undefined;
}

const PREFIX = "db_client_connection";

/** Tells how a pool is used: its numbers at each scrape, how long callers waited, and who waited in vain. */
export class PoolMetrics {
  readonly #wait: BoundHistogram | undefined;
  readonly #timeouts: Counter<"pool"> | undefined;
  readonly #pool: string;
  readonly #remove: () => void = () => {};

  constructor(registry: Registry, target: Target, faults: Faults, read: () => PoolNumbers) {
    const pool = this.#pool = nameOf(target);
    const made = faults.guard("database metrics", () => {
      const count = registry.gauge(`${PREFIX}_count`, "Connections of a pool", ["pool", "state"]);
      const max = registry.gauge(`${PREFIX}_max`, "Connections that a pool may have", ["pool"]);
      const pending = registry.gauge(
        `${PREFIX}_pending_requests`,
        "Callers that wait for a connection",
        ["pool"],
      );
      const remove = registry.collector(() => {
        const numbers = read();
        count.set(numbers.idle, { pool, state: "idle" });
        count.set(numbers.used, { pool, state: "used" });
        pending.set(numbers.pending, { pool });
        if (numbers.max !== undefined) max.set(numbers.max, { pool });
        return [];
      });
      return {
        remove: () => {
          remove();
          for (const state of ["idle", "used"]) count.remove({ pool, state });
          pending.remove({ pool });
          max.remove({ pool });
        },
        timeouts: registry.counter(
          `${PREFIX}_timeouts_total`,
          "Callers that got no connection in time",
          ["pool"],
        ),
        wait: registry.histogram(
          `${PREFIX}_wait_time_seconds`,
          "From asking a pool for a connection to having one",
          ["pool"],
          {
            buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
            unit: "seconds",
            exemplars: false,
          },
        ).with({ pool }),
      };
    });
    if (made === undefined) return;
    this.#remove = made.remove;
    this.#timeouts = made.timeouts;
    this.#wait = made.wait;
  }

  /** A caller got a connection. */
  waited(ms: number): void {
    this.#wait?.observe(ms / 1000);
  }

  /** A caller got none in time. */
  timedOut(): void {
    this.#timeouts?.inc({ pool: this.#pool });
  }

  /** Tells no more of it. */
  close(): void {
    this.#remove();
  }
}

/** `server.address:server.port/db.namespace`, as the conventions have it. */
function nameOf({ host, port, namespace }: Target): string {
  const server = port === undefined ? host : `${host}:${port}`;
  return namespace === "" ? server : `${server}/${namespace}`;
}
