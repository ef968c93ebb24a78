import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "../../src/events/ask/ask.ts";
import type { WhyAnswer } from "../../src/events/ask/answer.ts";
import { EventStore, type EventStoreOptions } from "../../src/events/event_store.ts";
import type { Finding } from "../../src/events/why/explanation.ts";
import { type Draft, type Fault, requests, SPAN_MS, START } from "./service.ts";
import { HANG_MS } from "../tool.ts";

const ROWS = 4000, SEEDS = 8;

function explain(
  question: string,
  fault: Fault,
  seed: number,
  options: EventStoreOptions = {},
): WhyAnswer {
  const events = new EventStore(options);
  for (const row of requests(ROWS, seed, fault)) events.add(row);
  const answer = ask(events, question);
  assert.ok(answer.kind === "why");
  return answer;
}

function slow(row: Draft, random: () => number): void {
  row.ms += 200 + 150 * random();
}

/** Each: what is wrong, how it is asked for, and the first of those that tell which rows they are. */
const FAULTS: readonly (readonly [string, string, Fault, RegExp])[] = [
  [
    "a dependency that one segment has is slow",
    "route:/orders why ms>200",
    (row, random) => row["http.host"] === "ledger.internal" && random() < 0.8 && slow(row, random),
    /^(http\.host=ledger\.internal|segment=enterprise)$/,
  ],
  [
    "one isolate has a bad version since half of the time",
    "why status>=500",
    (row, random, since) => {
      if (row.isolate !== "iso-2" || since < 0.5) return;
      row.version = "1.4.1";
      if (random() < 0.3) row.status = 503;
    },
    /^version=1\.4\.1$/,
  ],
  [
    "one isolate fails before its requests come to what others do, since half of the time",
    "route:/orders why status>=500",
    (row, _random, since) => {
      if (row.isolate !== "iso-2" || since < 0.5) return;
      row.status = 500;
      for (const later of ["http.host", "flag.checkout", "db.n"]) delete row[later];
    },
    /^isolate=iso-2$/,
  ],
  [
    "a variant of a flag fails",
    "why status>=500",
    (row, random) => {
      if (row["flag.checkout"] === "treatment" && random() < 0.15) row.status = 500;
    },
    /^flag\.checkout=treatment$/,
  ],
  [
    "an input is poison",
    "why status>=500",
    (row) => {
      if (row.sku === "sku-13") row.status = 500;
    },
    /^sku=sku-13$/,
  ],
  [
    "a route asks the database once for each line",
    "why ms>150",
    (row, random) => {
      if (row.route !== "/report") return;
      row["db.n"] = 40 + Math.floor(30 * random());
      row.ms += 4 * (row["db.n"] as number);
    },
    /^route=\/report$/,
  ],
  [
    "large carts are slow",
    "route:/orders why ms>200",
    (row, random) => (row["cart.items"] as number) >= 13 && slow(row, random),
    /^cart\.items>=1[23]$/,
  ],
  [
    "one payment method fails in one region",
    "route:/orders why status>=500",
    (row, random) => {
      if (row["payment.method"] !== "paypal" || row.region !== "us-east") return;
      if (random() < 0.8) row.status = 502;
    },
    /^(payment\.method=paypal region=us-east|region=us-east payment\.method=paypal)$/,
  ],
  [
    "who names no tenant is refused",
    "why status:401",
    (row) => {
      if (row.tenant === undefined) row.status = 401;
    },
    /^-tenant\?$/,
  ],
  [
    "one version of the client fails",
    "why status>=500",
    (row, random) => {
      if (row["client.version"] === "2.7" && random() < 0.5) row.status = 500;
    },
    /^client\.version=2\.7$/,
  ],
  [
    "a route blocks the loop",
    "why loop.ms>100",
    (row, random) => {
      if (row.route === "/search" && random() < 0.2) row["loop.ms"] = 120 + 100 * random();
    },
    /^route=\/search$/,
  ],
  [
    "one peer stands in all that is retried",
    "why http.retries>0",
    (row, random) => {
      if (row["http.host"] === undefined) return;
      row["http.retries"] = row.peer === "10.0.0.7" && random() < 0.9 ? 2 : 0;
    },
    /peer=10\.0\.0\.7/,
  ],
  [
    "a flag that is on for half fails now and then",
    "why status>=500",
    (row, random) => {
      if (row["flag.dark"] === true && random() < 0.06) row.status = 500;
    },
    /^flag\.dark=true$/,
  ],
  [
    "large bodies are too much",
    "why status:413",
    (row) => {
      if ((row["body.bytes"] as number) > 5000) row.status = 413;
    },
    /^body\.bytes>=\d+$/,
  ],
  [
    "a new version is slower all over",
    "why version:1.5.0 vs version:1.4.0",
    (row, _, since) => {
      if (since < 0.6) return;
      row.version = "1.5.0";
      row["cache.hit"] = false;
    },
    /^(cache\.hit=false|cache\.hit\?)$/,
  ],
];

const textOf = ({ terms }: Finding) => terms.map(({ text }) => text).join(" ");

for (const [name, question, fault, cause] of FAULTS) {
  test(`why finds the cause first when ${name}`, { timeout: HANG_MS }, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { which } = explain(question, fault, seed * 7919);
      assert.match(which.slice(0, 1).map(textOf).join(), cause, `seed ${seed}`);
    }
  });
}

test("why says nothing of rows that were drawn at random", { timeout: HANG_MS }, () => {
  for (let seed = 1; seed <= 24; seed++) {
    const { which, happened, onset, selected, summary } = explain(
      "why drawn:true",
      (row, random) => {
        row.drawn = random() < (seed % 4 + 1) / 100;
      },
      seed * 104729,
    );
    assert.ok(selected > 20);
    assert.deepEqual([...which, ...happened].map(textOf), [], `seed ${seed}`);
    assert.equal(onset, undefined);
    assert.match(
      summary,
      /^\d+ of 4000 rows have drawn:true\. Nothing distinguishes them from the other \d{4} beyond chance/,
    );
  }
});

test("why finds one customer among so many that they have no dictionary", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const fault: Fault = (row, random) => {
      if (random() < 0.03) row.user = "u-hot";
      if (row.user === "u-hot" && random() < 0.5) slow(row, random);
    };
    const { which, ids } = explain("why ms>200", fault, seed, { maxValues: 500 });
    assert.equal(textOf(which[0]!), "user=u-hot");
    assert.ok(ids.includes("trace") && ids.includes("path") && ids.includes("time"));
  }
});

test("why puts what follows from a cause with it, and effects apart from causes", () => {
  const [, question, fault] = FAULTS[0]!;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { which, happened, byDefinition, constants } = explain(question, fault, seed);
    assert.equal(which.length, 1, which.map(textOf).join());
    assert.deepEqual(which[0]!.also.length, 1);
    assert.deepEqual(which[0]!.follows, ["region=eu-west"]);
    assert.deepEqual(happened.map(textOf), []);
    assert.deepEqual(byDefinition, ["ms"]);
    assert.deepEqual(constants, ["route", "method", "version"]);
  }
});

test("why says when it began, and when it ended", { timeout: HANG_MS }, () => {
  for (let seed = 1; seed <= 4; seed++) {
    const at = (from: number, to: number): Fault => (row, random, since) => {
      if (row.route === "/carts" && since >= from && since < to) slow(row, random);
    };
    const began = explain("why ms>200", at(0.7, 1), seed).onset!;
    assert.ok(Math.abs(began.timeMs - START - 0.7 * SPAN_MS) <= 10_000);
    assert.ok(began.after > 0.15 && began.before < 0.03);
    const ended = explain("why ms>200", at(0, 0.3), seed).onset!;
    assert.ok(Math.abs(ended.timeMs - START - 0.3 * SPAN_MS) <= 10_000);
    assert.ok(ended.before > 0.15 && ended.after < 0.03);
    assert.equal(explain("why ms>200", at(0, 1), seed).onset, undefined);
  }
});

test("why last says what is new", () => {
  const { which, selected, onset } = explain("why last 2m", (row, _, since) => {
    if (since > 0.85) row["feature"] = "exports";
  }, 1);
  assert.deepEqual(which.map(textOf), ["feature=exports"]);
  assert.deepEqual([selected, onset], [801, undefined]);
});

test("why leaves out what the question names, its twins, and where its words stand", () => {
  const fault: Fault = (row, random) => {
    if (row.segment !== "pro" || random() < 0.9) return;
    row.status = 500;
    row["error.type"] = "TimeoutError";
    row["log.error"] = 1;
  };
  for (const question of ["why status>=500", "why error.type:TimeoutError", "why timeouterror"]) {
    const { which, happened, byDefinition } = explain(question, fault, 5);
    assert.deepEqual([...which, ...happened].map(textOf), ["segment=pro"], question);
    assert.deepEqual(byDefinition.toSorted(), ["error.type", "log.error", "status"]);
  }
});

test("why answers in numbers and sentences", () => {
  const events = new EventStore();
  for (let i = 0; i < 1000; i++) {
    const isBad = i % 5 === 0;
    events.add({
      time: START + i,
      ms: isBad ? 900 - i / 10 : 20,
      host: isBad ? "a b" : `h${i % 7}`,
    });
  }
  events.add({ time: START, ms: 20, host: "a b" });
  const { which, ...answer } = ask(events, "why ms>250 last 1h top 3") as WhyAnswer;
  assert.deepEqual(answer.examples.map(({ number, fields }) => [number, fields.ms]), [
    ...[[0, 900], [5, 899.5], [10, 899]],
  ]);
  assert.equal(
    answer.summary,
    "200 of 1001 rows have ms>250. What distinguishes them best is " +
      'host="a b": 100 % of them have it, 0.1 % of the others.',
  );
  const [first] = which;
  assert.deepEqual(first!.terms, [{ field: "host", op: "=", value: "a b", text: 'host="a b"' }]);
  assert.equal(
    first!.sentence,
    'host="a b": 100 % of them, 0.1 % of the others. 99.5 % of the 201 with it are slow; 0 % without it.',
  );
  const { selected, others, selectedShare, othersShare, shareWith, shareWithout } = first!;
  assert.deepEqual([selected, others, selectedShare, othersShare, shareWith, shareWithout], [
    ...[200, 1, 1, 1 / 801, 200 / 201, 0],
  ]);
  assert.ok(first!.phi > 0.99 && first!.leastDifference > 0.9);
  assert.equal(ask(events, first!.terms[0]!.text).matched, 201);
});

test("why says that few rows are too few", () => {
  const events = new EventStore();
  for (let i = 0; i < 100; i++) events.add({ i, kind: i < 9 ? "few" : "many" });
  const few = ask(events, "why kind:few") as WhyAnswer, all = ask(events, "why i>=5") as WhyAnswer;
  assert.ok(few.isTooFew && all.isTooFew);
  assert.equal(few.summary, "Only 9 such rows: too few to say what they have in common.");
  assert.equal(all.summary, "Only 5 other rows: too few to compare them with.");
  assert.equal(few.examples.length, 5);
});

test("why says in grammar that there is one row, or none", () => {
  const events = new EventStore();
  const summary = (question: string) => (ask(events, question) as WhyAnswer).summary;
  assert.equal(summary("why ms>250"), "Only 0 such rows: too few to say what they have in common.");
  events.add({ ms: 300 });
  assert.equal(summary("why ms>250"), "Only 1 such row: too few to say what they have in common.");
  for (let k = 0; k < 20; k++) events.add({ ms: 300 });
  assert.equal(summary("why ms>250"), "Only 0 other rows: too few to compare them with.");
  events.add({ ms: 1 });
  assert.equal(summary("why ms>250"), "Only 1 other row: too few to compare them with.");
});

test("why finds the onset although some rows have a time that is none", () => {
  for (const time of ["yesterday", Infinity, -Infinity, 1e300, -8.64e15 - 2, 1e16]) {
    const events = new EventStore();
    for (let k = 0; k < 600; k++) events.add({ time: START + k * 1000, ms: k >= 400 ? 300 : 1 });
    for (let k = 0; k < 5; k++) events.add({ time, ms: k });
    const { onset } = ask(events, "why ms>250") as WhyAnswer;
    assert.equal(onset?.after, 1, String(time));
    assert.equal(onset?.before, 0, String(time));
  }
  const late = new EventStore();
  for (let k = 0; k < 600; k++) late.add({ time: 1e16 + k * 1000, ms: k >= 400 ? 300 : 1 });
  assert.equal((ask(late, "why ms>250") as WhyAnswer).onset, undefined);
});

test("why names terms that can be asked for: no infinite number, no control character", () => {
  const events = new EventStore();
  for (let k = 0; k < 200; k++) {
    const isSlow = k % 2 === 0;
    events.add({
      ms: isSlow ? 300 : 1,
      wait: isSlow ? Infinity : k / 1000,
      tag: isSlow ? "\x1b[31m\x9b\u202e" : "b",
    });
  }
  const { which, happened } = ask(events, "why ms>250") as WhyAnswer;
  const terms = [...which, ...happened].flatMap(({ terms, also }) => [
    ...terms.map(({ text }) => text),
    ...also,
  ]);
  assert.ok(terms.includes('tag="\\u001b[31m\\u009b\\u202e"'), terms.join(" "));
  for (const term of terms) assert.equal(ask(events, term).matched, 100, term);
});
