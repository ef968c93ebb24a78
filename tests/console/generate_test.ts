/** The files that are generated from the SLOs, as the console's route gives them. */
import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import {
  alertmanagerRoute,
  dashboard,
  rules,
  ruleTests,
  serviceMonitor,
} from "../../src/slo/mod.ts";
import { serveHere } from "../serve/here.ts";
import { ask } from "./ask.ts";

async function served(
  use: (
    get: (query: string) => Promise<{ status: number; type: unknown; body: string }>,
    t: ReturnType<typeof telltale>,
  ) => Promise<void>,
) {
  await using t = telltale({ service: "shop", log: { sinks: [] }, otlp: false });
  t.slo("checkout", { objective: 0.999, availability: { route: "/orders" } });
  t.slo("mails", { objective: 0.99, custom: true });
  const server = await serveHere(t, {}, () => new Response());
  try {
    await use(async (query) => {
      const path = `/telltale/api/generate${query}`;
      const { status, headers, body } = await ask(server.port, path);
      return { status, type: headers["content-type"], body };
    }, t);
  } finally {
    await server.stop();
  }
}

test("api/generate gives what the functions of ./slo do", async () => {
  await served(async (get, t) => {
    const yaml = "application/yaml; charset=utf-8", matchers = { job: "shop", env: "a=b" };
    const rows: [query: string, type: string, text: string][] = [
      ["?file=rules", yaml, rules(t)],
      ["?file=rules&match=job=shop,env=a%3Db", yaml, rules(t, { matchers })],
      ["?file=rules&interval=30", yaml, rules(t, { intervalSeconds: 30 })],
      ["?file=tests&source=events", yaml, ruleTests(t, { source: "events" })],
      ["?file=alertmanager", yaml, alertmanagerRoute(t)],
      ["?file=servicemonitor", yaml, serviceMonitor(t)],
      ["?file=dashboard", "application/json", dashboard(t)],
    ];
    for (const [query, type, text] of rows) {
      const answer = await get(query);
      equal(answer.status, 200, query);
      equal(answer.type, type, query);
      equal(answer.body, text, query);
    }
  });
});

test("api/generate refuses what it does not know, and says what it does", async () => {
  await served(async (get) => {
    const rows: [query: string, message: RegExp][] = [
      [
        "",
        /file must be one of rules, tests, dashboard, alertmanager, servicemonitor, got undefined/,
      ],
      ["?file=toString", /file must be one of rules/],
      [
        "?file=rules&sources=http",
        /Unknown parameter \\"sources\\": this route takes file, source/,
      ],
      [
        "?file=dashboard&source=http",
        /Unknown parameter \\"source\\": this route takes file, match/,
      ],
      ["?file=rules&source=http", /Cannot generate rules of SLO \\"mails\\" from requests/],
      ["?file=rules&naming=other", /naming must be one of/],
      ["?file=rules&interval=1m", /interval must be a whole number from 1 to 300/],
      ["?file=rules&match=job", /match must be label=value, and further ones after a comma, got/],
      ["?file=rules&match=a-b=c", /matchers must be named as labels are/],
    ];
    for (const [query, message] of rows) {
      const { status, body } = await get(query);
      equal(status, 400, query);
      match(body, message);
    }
  });
});
