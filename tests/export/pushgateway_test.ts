import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Pushgateway } from "../../src/export/push/mod.ts";
import { numberFamily, Registry } from "../../src/metrics/mod.ts";
import { PushgatewayServer, withoutPushgateway } from "../peers/pushgateway.ts";
import { HANG_MS } from "../tool.ts";
import { type Answer, receiverWith, runJob, settle } from "./push_receiver.ts";

/** A receiver, and the options of a gateway that pushes the job `copy` to it. */
function jobReceiver(...answers: readonly Answer[]) {
  const { options, ...rest } = receiverWith(...answers);
  return { ...rest, options: { ...options, job: "copy" } };
}

const accepted = new Response(null, { status: 202 });
const FAMILIES = [numberFamily("gauge", "a", "A", [[1]])];

test("Pushgateway puts, posts and deletes its group", async () => {
  const { requests, options } = jobReceiver(accepted);
  const gateway = new Pushgateway({ ...options, grouping: { instance: "a" } });
  for (const push of [gateway.push(FAMILIES), gateway.add(FAMILIES), gateway.delete()]) {
    assert.deepEqual(await push, { pushed: true, tries: 1 });
  }
  assert.deepEqual(requests.map(({ method, url, body }) => [method, url, body.length]), [
    ["PUT", "http://gateway:9091/metrics/job/copy/instance/a", 22],
    ["POST", "http://gateway:9091/metrics/job/copy/instance/a", 22],
    ["DELETE", "http://gateway:9091/metrics/job/copy/instance/a", 0],
  ]);
  assert.equal(
    requests[0]!.headers.get("content-type"),
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  );
});

test("Pushgateway leaves an empty instance out, which the gateway writes itself", async () => {
  const { requests, options } = jobReceiver(accepted);
  const gateway = new Pushgateway({ ...options, grouping: { instance: "", zone: "" } });
  await gateway.push(FAMILIES);
  assert.equal(requests[0]!.url, "http://gateway:9091/metrics/job/copy/zone@base64/=");
  // So it leaves alone the one that a metric has.
  const rows = numberFamily("counter", "rows_total", "Rows", [[1, { instance: "a" }]]);
  assert.deepEqual(await gateway.push([rows]), { pushed: true, tries: 1 });
});

const COMPONENTS: readonly (readonly [value: string, component: string])[] = [
  ["a", "x/a"],
  ["a.b-c_D9", "x/a.b-c_D9"],
  ["", "x@base64/="],
  ["/var/tmp", "x@base64/L3Zhci90bXA"],
  [".", "x@base64/Lg"],
  ["..", "x@base64/Li4"],
  [".hidden", "x@base64/LmhpZGRlbg"],
  ["a b?#%", "x@base64/YSBiPyMl"],
  ["señor 😀", "x@base64/c2XDsW9yIPCfmIA"],
  ["???>>>", "x@base64/Pz8_Pj4-"],
  ["\ud800", "x@base64/77-9"],
];

test("Pushgateway writes grouping values that a path can't hold as base64", async () => {
  for (const [value, component] of COMPONENTS) {
    const { requests, options } = jobReceiver(accepted);
    await new Pushgateway({ ...options, grouping: { x: value } }).delete();
    assert.equal(requests[0]!.url, `http://gateway:9091/metrics/job/copy/${component}`, value);
    assert.equal(new URL(requests[0]!.url).href, requests[0]!.url);
  }
});

test("Pushgateway sends headers and basic authentication", async () => {
  const { requests, options } = jobReceiver(accepted);
  const basicAuth = { username: "señor", password: "a:b" };
  await new Pushgateway({ ...options, headers: { "X-Tenant": "1" }, basicAuth }).push(FAMILIES);
  assert.equal(requests[0]!.headers.get("x-tenant"), "1");
  assert.equal(requests[0]!.headers.get("authorization"), "Basic c2XDsW9yOmE6Yg==");
});

test("Pushgateway retries what may succeed later, with growing pauses", async () => {
  const failure = new Response("starting", { status: 503 });
  const { requests, clock, options, faults } = jobReceiver(
    new TypeError("no route"),
    failure,
    accepted,
  );
  const startMs = clock.monotonic();
  assert.deepEqual(await settle(clock, new Pushgateway(options).push(FAMILIES)), {
    pushed: true,
    tries: 3,
  });
  assert.equal(requests.length, 3);
  assert.equal(clock.monotonic() - startMs, 2500); // 1 s and 1.5 s.
  assert.deepEqual(faults, []);
  assert.equal(clock.waiting, 0);
});

test("Pushgateway gives up after five tries", async () => {
  const { requests, clock, options, faults } = jobReceiver(new Response("busy", { status: 500 }));
  assert.deepEqual(await settle(clock, new Pushgateway(options).push(FAMILIES)), {
    pushed: false,
    tries: 5,
    error: "HTTP 500 busy",
  });
  assert.equal(requests.length, 5);
  assert.deepEqual(faults, ["push: Cannot push to Pushgateway at gateway:9091: HTTP 500 busy"]);
});

test("Pushgateway gives up at its deadline, in a try or in a pause", async () => {
  const { clock, options } = jobReceiver("never");
  const gateway = new Pushgateway({ ...options, timeoutMs: 400, deadlineMs: 2000 });
  const hanging = await settle(clock, gateway.push(FAMILIES));
  assert.equal(hanging.pushed, false);
  assert.equal(hanging.tries, 2); // 0.4 s, a pause of 1 s, 0.4 s; another pause would be too long.
  assert.match(hanging.error!, /No answer in 400 ms/);

  const { options: longer, clock: time } = jobReceiver("never");
  const one = await settle(time, new Pushgateway({ ...longer, deadlineMs: 2000 }).push(FAMILIES));
  assert.deepEqual([one.pushed, one.tries, time.monotonic()], [false, 1, 2000]);
  assert.match(one.error!, /Not delivered in 2000 ms/);
});

test("Pushgateway leaves a gateway alone for as long as it asks, over several pushes", async () => {
  const busy = () => new Response("", { status: 429, headers: { "retry-after": "60" } });
  const { requests, clock, options } = jobReceiver(busy(), accepted);
  const gateway = new Pushgateway(options);
  const { error } = await settle(clock, gateway.push(FAMILIES));
  assert.equal(error, "HTTP 429");
  clock.advance(15_000);
  assert.deepEqual(await settle(clock, gateway.push(FAMILIES)), {
    pushed: false,
    tries: 0,
    error: "the receiver asked to be left alone for 45 s more",
  });
  assert.equal(requests.length, 1);
  clock.advance(20_000);
  const startMs = clock.monotonic();
  // 25 s are left, which the deadline of 30 s has room for.
  assert.deepEqual(await settle(clock, gateway.push(FAMILIES)), { pushed: true, tries: 1 });
  assert.equal(clock.monotonic() - startMs, 25_000);
  assert.equal(requests.length, 2);
});

test("Pushgateway keeps its own pause when Retry-After is 0", async () => {
  const busy = new Response("", { status: 503, headers: { "retry-after": "0" } });
  const { requests, clock, options } = jobReceiver(busy);
  const gateway = new Pushgateway({ ...options, deadlineMs: 60_000 });
  assert.equal((await settle(clock, gateway.push(FAMILIES))).tries, 5);
  assert.equal(requests.length, 5);
  // 1 s, 1.5 s, 2.25 s and 3.375 s, in steps of the clock.
  assert.ok(clock.monotonic() >= 8125, String(clock.monotonic()));
});

test("Pushgateway does not retry what was refused", async () => {
  const refusal = new Response("pushed metrics are invalid", { status: 400 });
  const { requests, options, faults } = jobReceiver(refusal);
  assert.deepEqual(await new Pushgateway(options).push(FAMILIES), {
    pushed: false,
    tries: 1,
    error: "HTTP 400 pushed metrics are invalid",
  });
  assert.equal(requests.length, 1);
  assert.equal(faults.length, 1);
});

test("Pushgateway does not push what the gateway would silently overwrite", async () => {
  const { requests, options } = jobReceiver(accepted);
  const gateway = new Pushgateway({ ...options, grouping: { instance: "a" } });
  for (const label of ["job", "instance"]) {
    assert.deepEqual(
      await gateway.push([numberFamily("gauge", "a", "", [[1, { [label]: "b" }]])]),
      {
        pushed: false,
        tries: 0,
        error: `"a" has the grouping label "${label}"`,
      },
    );
  }
  assert.equal(requests.length, 0);
});

test("Pushgateway refuses options that are not valid", () => {
  const { options } = jobReceiver(accepted);
  const bad: readonly (readonly [object, RegExp])[] = [
    [{ url: "gateway:9091" }, /^TypeError: Cannot push to Pushgateway: url must be an http or/],
    [{ url: "ftp://gateway" }, /url must be/],
    [{ url: "http://a:b@gateway" }, /without user and password/],
    [{ job: "" }, /job must be a non-empty string, got ""/],
    [{ job: undefined }, /job must be/],
    [{ grouping: { "a-b": "c" } }, /a grouping label must match .*, got "a-b"/],
    [{ grouping: { __a: "c" } }, /a grouping label must match .*, got "__a"/],
    [{ grouping: { job: "c" } }, /a grouping label must match .*, got "job"/],
    [{ headers: { a: "b\r\nc: d" } }, /header "a" must have a valid name and value$/],
    [
      { timeoutMs: 0 },
      /^RangeError: Cannot push to Pushgateway: timeoutMs must be positive, got 0/,
    ],
    [{ deadlineMs: NaN }, /got NaN/],
    [{ escaping: "none" }, /^TypeError: .* escaping must be one of allow-utf-8, .*, got "none"/],
    [{ basicAuth: { username: "a" } }, /basicAuth.password must be a string, got undefined$/],
  ];
  for (const [option, error] of bad) {
    assert.throws(() => new Pushgateway({ ...options, ...option }), error);
  }
});

/** A server that keeps the requests, and answers the first of them with Retry-After. */
async function listen(
  busy = 0,
): Promise<{ url: string; requests: { line: string; body: Uint8Array }[]; close: () => void }> {
  const requests: { line: string; body: Uint8Array }[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({ line: `${request.method} ${request.url}`, body: Buffer.concat(chunks) });
      if (requests.length > busy) response.writeHead(202).end();
      else response.writeHead(503, { "retry-after": "1", connection: "close" }).end();
    });
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
  );
  return { url: `http://127.0.0.1:${port}`, requests, close: () => void server.close() };
}

test("Pushgateway keeps a job alive until what it pushes is settled", {
  timeout: HANG_MS,
}, async () => {
  const { url, requests, close } = await listen(1);
  try {
    // The job's exit code is the number of tries.
    assert.equal(await runJob(url), 2);
    assert.equal(requests.length, 2);
  } finally {
    close();
  }
});

const peer = { skip: withoutPushgateway(), timeout: HANG_MS };

test("a real Pushgateway keeps what was pushed, group by group", peer, async () => {
  const server = await PushgatewayServer.start();
  try {
    const registry = new Registry({ names: "utf-8" });
    registry.counter("rows_total", "Rows", ["table"]).add(7, { table: 'a"b\\c\nd' });
    registry.histogram("wait_seconds", "Waits", [], { buckets: [1, 2] }).observe(1.5);
    registry.summary("size_bytes", "Sizes", [], { quantiles: [] }).observe(3);
    registry.gauge("disk.free.bytes", "With dots").set(1);
    const families = await registry.collect();
    const group = (path: string) =>
      new Pushgateway({ url: server.url, job: "a/b", grouping: { path, empty: "", instance: "" } });

    const paths = ["/tmp", "señor/😀"], [first, second] = paths.map(group);
    assert.deepEqual(await first!.push(families), { pushed: true, tries: 1 });
    assert.deepEqual(await second!.push(families), { pushed: true, tries: 1 });
    assert.deepEqual(
      await server.lines("rows_total", "wait_seconds_", "size_bytes_", "disk_free_bytes"),
      paths.flatMap((path) => {
        const group = `empty="",instance="",job="a/b",path="${path}"`;
        return [
          `disk_free_bytes{${group}} 1`,
          `rows_total{${group},table="a\\"b\\\\c\\nd"} 7`,
          `size_bytes_count{${group}} 1`,
          `size_bytes_sum{${group}} 3`,
          `wait_seconds_bucket{${group},le="+Inf"} 1`,
          `wait_seconds_bucket{${group},le="1"} 0`,
          `wait_seconds_bucket{${group},le="2"} 1`,
          `wait_seconds_count{${group}} 1`,
          `wait_seconds_sum{${group}} 1.5`,
        ];
      }).sort(),
    );

    const other = [numberFamily("gauge", "other", "Another", [[1]])];
    assert.equal((await first!.add(other)).pushed, true); // Besides what is there.
    assert.equal((await second!.push(other)).pushed, true); // Instead of it.
    assert.equal((await server.lines("other{")).length, 2);
    assert.equal((await server.lines("rows_total")).length, 1);
    assert.equal((await first!.delete()).pushed, true);
    assert.deepEqual(await server.lines("other{", "rows_total"), [
      `other{empty="",instance="",job="a/b",path="señor/😀"} 1`,
    ]);

    const twice = await first!.push([numberFamily("gauge", "twice", "", [[1], [2]])]);
    assert.equal(twice.pushed, false);
    assert.match(twice.error!, /^HTTP 400 .*twice/);
  } finally {
    await server.stop();
  }
});
