/**
 * Pushes metrics of jobs that end before they are scraped to a Pushgateway.
 *
 * @see {@link https://github.com/prometheus/pushgateway#api}
 * @module
 */
import { check, requireObject } from "../../core/check.ts";
import { escapeFamily } from "../../metrics/data/escape_family.ts";
import type { Family } from "../../metrics/data/family.ts";
import { isLegacyLabelName } from "../../metrics/data/names.ts";
import { encodeProtobuf } from "../../metrics/page/protobuf.ts";
import {
  base64,
  type PushOptions,
  type PushRequest,
  type PushResult,
  PushTarget,
} from "./target.ts";

/** Options of a {@linkcode Pushgateway}. */
export interface PushgatewayOptions extends PushOptions {
  /** The value of the label `job`; not empty. */
  readonly job: string;
  /** Further labels that distinguish the group from others, such as `instance`. */
  readonly grouping?: Readonly<Record<string, string>> | undefined;
}

const CONTENT_TYPE =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/**
 * One group of metrics at a Pushgateway. Its methods never reject and never throw: what kept a push
 * from succeeding is in the result, and counted as a fault.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { Pushgateway } from "@telltale/telltale/push";
 * import { equal } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.gauge("backup_last_success_seconds", "When it last succeeded").set(Date.now() / 1000);
 *
 * let put = "";
 * const gateway = new Pushgateway({
 *   url: "http://pushgateway:9091",
 *   job: "backup",
 *   grouping: { path: "/home" },
 *   fetch: (url, { method }) => {
 *     put = `${method} ${url}`;
 *     return Promise.resolve(new Response());
 *   },
 * });
 * const { pushed } = await gateway.push(await registry.collect());
 *
 * equal(pushed, true);
 * equal(put, "PUT http://pushgateway:9091/metrics/job/backup/path@base64/L2hvbWU");
 * ```
 */
export class Pushgateway {
  readonly #target: PushTarget;
  readonly #url: string;
  readonly #grouping: ReadonlySet<string>;

  /**
   * Sends nothing yet.
   *
   * @throws {TypeError} for an unknown option, a URL, a header, a job or a grouping label that is not valid
   * @throws {RangeError} for a time that is not positive
   */
  constructor(options: PushgatewayOptions) {
    this.#target = new PushTarget("Pushgateway", options, { job: true, grouping: true });
    requireObject("push to Pushgateway", options.grouping, "grouping");
    const { job, grouping = {} } = options, labels = new Set(["job"]);
    const isJob = typeof job === "string" && job !== "";
    check(isJob, "push to Pushgateway", "job must be a non-empty string", job, TypeError);
    let path = `/metrics/${component("job", job)}`;
    for (const [name, value] of Object.entries(grouping)) {
      if (!isLegacyLabelName(name) || name.startsWith("__") || name === "job") {
        throw new TypeError(
          "Cannot push to Pushgateway: a grouping label must match [a-zA-Z_][a-zA-Z0-9_]*, not be " +
            `"job" and not start with "__", got ${JSON.stringify(name)}`,
        );
      }
      // The gateway adds an empty instance to a group without one, and refuses one that is given.
      if (name === "instance" && value === "") continue;
      labels.add(name);
      path += `/${component(name, value)}`;
    }
    this.#url = this.#target.url.replace(/\/*$/, "") + path;
    this.#grouping = labels;
  }

  /**
   * Replaces all metrics of the group. A job awaits it before it ends: the end of the process pushes
   * nothing by itself.
   */
  push(families: readonly Family[]): Promise<PushResult> {
    return this.#send("PUT", families);
  }

  /** Replaces the metrics of the group that have the same names. */
  add(families: readonly Family[]): Promise<PushResult> {
    return this.#send("POST", families);
  }

  /** Deletes the group. */
  delete(): Promise<PushResult> {
    return this.#send("DELETE", []);
  }

  #request(method: PushRequest["method"]): PushRequest {
    return { url: this.#url, method, contentType: CONTENT_TYPE };
  }

  async #send(
    method: PushRequest["method"],
    families: readonly Family[],
  ): Promise<PushResult> {
    try {
      const problem = this.#problem(families);
      if (problem !== undefined) return this.#target.failed(problem, 0);
      return await this.#target.send(this.#request(method), this.#encode(families));
    } catch (error) {
      return this.#target.failed(String(error), 0); // A family that is not valid.
    }
  }

  /** A label that the gateway would silently overwrite. */
  #problem(families: readonly Family[]): string | undefined {
    for (const { name, samples } of families) {
      for (const { labels } of samples) {
        const label = labels.names.find((name) => this.#grouping.has(name));
        if (label !== undefined) return `"${name}" has the grouping label "${label}"`;
      }
    }
    return undefined;
  }

  #encode(families: readonly Family[]): Uint8Array<ArrayBuffer> {
    return encodeProtobuf(families.map((family) => escapeFamily(family, this.#target.escaping)));
  }
}

/** A value that may change how a path is read is base64: slashes, leading dots, an empty one. */
function component(name: string, value: string): string {
  if (/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]*$/.test(value)) return `${name}/${value}`;
  const encoded = base64(value).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${name}@base64/${encoded === "" ? "=" : encoded}`;
}
