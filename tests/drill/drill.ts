/**
 * The drill: the demo gets one fault, and the API alone names its cause and the evidence, by findings and by
 * the questions that these give. Without a fault it says nothing.
 *
 * Outside the suite, for it takes minutes of real load: `deno task drill`, and `deno task drill:bun`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../examples/demo/faults.ts";
import type { Finding } from "../../src/console/findings/finding.ts";
import { textOf } from "../../src/console/findings/cause.ts";
import type { Answer } from "../../src/events/ask/answer.ts";
import { HANG_MS } from "../tool.ts";
import { until } from "../e2e/wait.ts";
import { Demo } from "./demo.ts";

const LIMIT = { timeout: HANG_MS };

/** What a reader has to learn of a fault. */
interface Drill {
  /** The finding that names it. */
  readonly kind: Finding["kind"];
  readonly subject: string;
  /** Its first cause. @default none */
  readonly cause?: RegExp;
  /** What its numbers say, by name. */
  readonly figures: (value: (name: string) => number, before: (name: string) => number) => boolean;
  /** What the answer to its question says; undefined where it has none. */
  readonly answer?: (answer: Answer) => void;
  /** Customers a second. @default 40 */
  readonly perSecond?: number;
  /** Requests beside those of the customers. */
  readonly beside?: (demo: Demo) => Promise<() => void>;
}

const DRILLS: Record<Fault, Drill> = {
  "slow-dependency": {
    kind: "slow",
    subject: "/orders",
    cause: /^segment=pro$/,
    figures: (value, before) =>
      value("share that is slow") > 1.5 * before("share that is slow") &&
      value("their median ms") > 150,
    answer: (answer) => {
      const { which, happened } = answer.kind === "why" ? answer : assert.fail(answer.kind);
      assert.ok(which.some((one) => textOf(one) === "segment=pro" && one.shareWith > 0.5));
      assert.match(happened.map(textOf).join(), /http\.ms>=/);
    },
    // Of fewer orders before it chance would explain the change: some customers always wait.
    perSecond: 80,
  },
  "leak": {
    kind: "heap",
    subject: "heap",
    figures: (value, before) =>
      value("MB a minute") > 50 &&
      value("MB after a major collection") > 2 * before("MB after a major collection"),
    perSecond: 80,
  },
  "n-plus-one": {
    kind: "repeats",
    subject: "/recent-orders",
    cause: /^SELECT orders$/,
    figures: (value) => value("db.repeat, median") >= 20,
    answer: (answer) => {
      const { show, groups } = answer.kind === "table" ? answer : assert.fail(answer.kind);
      assert.ok(groups[0]!.cells[show.indexOf("max(db.repeat)")]! >= 20);
    },
  },
  "retry-storm": {
    kind: "retries",
    subject: "127.0.0.1",
    cause: /^http\.host=127\.0\.0\.1$/,
    figures: (value) => value("calls a request") > 2 && value("share of retries") > 0.5,
    answer: (answer) => {
      const { by, series } = answer.kind === "buckets" ? answer : assert.fail(answer.kind);
      assert.deepEqual([by, series[0]!.keys], [["http.host"], ["127.0.0.1"]]);
    },
  },
  "flag-variant": {
    kind: "failed",
    subject: "/orders",
    cause: /^flag\.fast_checkout=on$/,
    figures: (value) => value("share that fails") > 0.15 && value("failed") > 20,
    answer: (answer) => {
      const { which } = answer.kind === "why" ? answer : assert.fail(answer.kind);
      assert.equal(textOf(which[0]!), "flag.fast_checkout=on");
      assert.ok(which[0]!.shareWith > 0.9, String(which[0]!.shareWith));
    },
  },
  "clock-skew": {
    kind: "clock",
    subject: "127.0.0.1",
    figures: (value) => Math.abs(value("skew, seconds") - 37) < 2,
  },
  "blocked-loop": {
    kind: "blocked",
    subject: "/report",
    cause: /^route=\/report$/,
    figures: (value) => value("sync.ms, longest") > 80 && value("blocks") >= 3,
    perSecond: 60,
  },
  "label-bomb": {
    kind: "series",
    subject: "customer_visits_total",
    cause: /^customer$/,
    figures: (value) => value("values of customer") >= 300,
    perSecond: 120,
  },
  "lost-context": {
    kind: "outside",
    subject: "send receipt",
    figures: (value, before) =>
      value("share outside any request") > 0.9 && before("share outside any request") < 0.1,
  },
  "bad-isolate": {
    kind: "failed",
    subject: "/orders",
    cause: /^isolate=[0-9a-f]{8}$/,
    figures: (value) => value("failed") >= 20,
    answer: (answer) => {
      const { which, happened } = answer.kind === "why" ? answer : assert.fail(answer.kind);
      assert.match(textOf(which[0]!), /^isolate=[0-9a-f]{8}$/);
      // It fails before it has asked anybody.
      assert.match(happened.map(textOf).join(), /spans<=|db\.n=1/);
    },
  },
  "slo-burn": {
    kind: "burning",
    subject: "order-pages",
    figures: (value) => value("burn rate, 1 h") > 14.4 && value("burn rate, 5 m") > 14.4,
    answer: (answer) => {
      const { which } = answer.kind === "why" ? answer : assert.fail(answer.kind);
      const method = which.find((one) => /^payment_method=(paypal|transfer)$/.test(textOf(one)));
      assert.ok(method !== undefined, which.map(textOf).join());
    },
    beside: lookAtOrder,
  },
  "poison-input": {
    kind: "failed",
    subject: "/orders",
    cause: /^sku=sku-13$/,
    figures: (value) => value("failed") >= 10,
    answer: (answer) => {
      const { which } = answer.kind === "why" ? answer : assert.fail(answer.kind);
      const sku = which.find((one) => textOf(one) === "sku=sku-13");
      assert.ok(sku !== undefined && sku.shareWith > 0.5, which.map(textOf).join());
    },
    perSecond: 60,
  },
};

for (const [fault, drill] of Object.entries(DRILLS)) {
  test(
    `the findings of --fault ${fault} name its cause, and their question proves it`,
    LIMIT,
    async () => {
      const demo = await Demo.start(fault as Fault, drill.perSecond ?? 40);
      try {
        await drill.beside?.(demo);
        await demo.see(async (finding) => {
          if (!names(finding, drill)) return false;
          drill.answer?.(await demo.ask(finding.question ?? ""));
          return true;
        });
      } finally {
        await demo.stop();
      }
    },
  );
}

for (const isolates of [1, 3]) {
  test(
    `findings of ${isolates} isolates without a fault are none, and say what was looked at`,
    LIMIT,
    async () => {
      const demo = await Demo.start(undefined, 60, isolates);
      try {
        await until("a thousand requests", async () => {
          const { findings, looked } = await demo.findings();
          assert.deepEqual(findings.map(({ title }) => title), []);
          return Number(/^(\d+) rows of requests/.exec(looked)?.[1] ?? 0) >= 1000;
        });
      } finally {
        await demo.stop();
      }
    },
  );
}

/** Whether a finding is the one of a drill, with its cause and its numbers. */
function names(finding: Finding, { kind, subject, cause, figures }: Drill): boolean {
  const figure = (name: string) => finding.figures.find((figure) => figure.name === name);
  return finding.kind === kind && finding.subject === subject &&
    (cause === undefined || cause.test(finding.causes[0] ?? "")) &&
    figures((name) => figure(name)?.value ?? NaN, (name) => figure(name)?.before ?? NaN);
}

/** Customers who look at an order that was not paid by card, until they are told to stop. */
async function lookAtOrder(demo: Demo): Promise<() => void> {
  const response = await fetch(`${demo.url}/orders`, {
    method: "POST",
    body: JSON.stringify({
      items: [{ sku: "lamp", quantity: 1, price_dollars: 20 }],
      payment: { method: "paypal", token: "card_ok" },
    }),
  });
  const { id } = await response.json();
  const look = async (): Promise<void> => {
    const { body } = await fetch(`${demo.url}/orders/${id}`);
    await body?.cancel();
  };
  const timer = setInterval(() => void look().catch(() => {}), 15);
  return () => clearInterval(timer);
}
