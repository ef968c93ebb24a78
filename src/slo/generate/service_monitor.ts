/**
 * A ServiceMonitor: how Prometheus' operator for Kubernetes scrapes the service.
 *
 * @module
 */
import { check, checkWhole, type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Subject } from "./subject.ts";
import { yaml } from "./yaml.ts";

/** Where the service is in the cluster. */
export interface ServiceMonitorOptions {
  /** Its namespace. @default the one it is applied to */
  readonly namespace?: string | undefined;
  /** The name of the port of the Kubernetes service. @default "http" */
  readonly port?: string | undefined;
  /** The path of the metrics. @default "/metrics" */
  readonly path?: string | undefined;
  /** Seconds between two scrapes, 1 to 120: rates over five minutes need two of them. @default 30 */
  readonly intervalSeconds?: number | undefined;
  /** Labels of the Kubernetes service. @default `app.kubernetes.io/name`: the service */
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  /** Labels of the monitor, by which an operator selects it. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const KNOWN: Known<ServiceMonitorOptions> = {
  namespace: true,
  port: true,
  path: true,
  intervalSeconds: true,
  matchLabels: true,
  labels: true,
};

/**
 * A ServiceMonitor for the service's metrics.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { serviceMonitor } from "@telltale/telltale/slo";
 * import { match } from "node:assert/strict";
 *
 * await using t = telltale({ service: "shop" });
 * match(serviceMonitor(t), /kind: ServiceMonitor/);
 * ```
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind; for a service whose name is no
 * name of Kubernetes
 * @throws {RangeError} for a value that is out of range
 */
export function serviceMonitor(t: Subject, options: ServiceMonitorOptions = {}): string {
  const what = "generate ServiceMonitor", { service } = t.resource;
  refuseUnknown(what, options, KNOWN);
  const { namespace, port = "http", path = "/metrics", intervalSeconds = 30, labels } = options;
  const { matchLabels = { "app.kubernetes.io/name": service } } = options;
  requireObject(what, labels, "labels");
  requireObject(what, matchLabels, "matchLabels");
  checkWhole(what, "intervalSeconds", intervalSeconds, 1, 120);
  for (const [name, value] of Object.entries({ service, namespace, port })) {
    const isName = value === undefined || /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
    check(isName, what, `${name} must be a name of Kubernetes`, value, TypeError);
  }
  const isPath = typeof path === "string" && path.startsWith("/");
  check(isPath, what, "path must begin with /", path, TypeError);
  return yaml({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: service, namespace, labels },
    spec: {
      selector: { matchLabels },
      endpoints: [{ port, path, interval: `${intervalSeconds}s` }],
    },
  });
}
