/**
 * Routes of Alertmanager for the alerts of SLOs.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../../core/check.ts";
import { ALERT_NAME } from "./rules.ts";
import type { Subject } from "./subject.ts";
import { yaml } from "./yaml.ts";

/** Where alerts go. */
export interface AlertmanagerOptions {
  /** The receiver of pages. @default "pager" */
  readonly pager?: string | undefined;
  /** The receiver of tickets, and of everything else. @default "tickets" */
  readonly tickets?: string | undefined;
  /** The webhook that the receiver of pages calls. @default none, to be added */
  readonly pagerUrl?: string | undefined;
  /** The webhook that the receiver of tickets calls. @default none, to be added */
  readonly ticketsUrl?: string | undefined;
}

const KNOWN: Known<AlertmanagerOptions> = {
  pager: true,
  tickets: true,
  pagerUrl: true,
  ticketsUrl: true,
};

/**
 * A configuration of Alertmanager, whole, or to be merged into another: pages of the service's SLOs wake
 * somebody, tickets come once a day, and a page silences the ticket of its SLO.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { alertmanagerRoute } from "@telltale/telltale/slo";
 * import { match } from "node:assert/strict";
 *
 * await using t = telltale({ service: "shop" });
 * match(alertmanagerRoute(t), /receiver: pager/);
 * ```
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 */
export function alertmanagerRoute(t: Subject, options: AlertmanagerOptions = {}): string {
  const what = "generate route of Alertmanager";
  refuseUnknown(what, options, KNOWN);
  for (const [name, value] of Object.entries(options)) {
    const isText = value === undefined || typeof value === "string" && value !== "";
    check(isText, what, `${name} must be a text`, value, TypeError);
  }
  const { pager = "pager", tickets = "tickets", pagerUrl, ticketsUrl } = options;
  check(pager !== tickets, what, "pager and tickets must differ", pager, TypeError);
  const ours = [`alertname="${ALERT_NAME}"`, `service=${JSON.stringify(t.resource.service)}`];
  const route = (severity: string, receiver: string, repeat_interval: string) => ({
    matchers: [...ours, `severity="${severity}"`],
    receiver,
    repeat_interval,
  });
  const receiver = (name: string, url: string | undefined) => ({
    name,
    webhook_configs: url === undefined ? undefined : [{ url, send_resolved: true }],
  });
  return yaml({
    route: {
      receiver: tickets,
      group_by: ["alertname", "service", "slo", "severity"],
      group_wait: "10s",
      group_interval: "1m",
      routes: [route("page", pager, "1h"), route("ticket", tickets, "24h")],
    },
    inhibit_rules: [{
      source_matchers: [...ours, 'severity="page"'],
      target_matchers: [...ours, 'severity="ticket"'],
      equal: ["service", "slo"],
    }],
    receivers: [receiver(pager, pagerUrl), receiver(tickets, ticketsUrl)],
  });
}
