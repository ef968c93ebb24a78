import assert from "node:assert/strict";
import { test } from "node:test";
import { type Telltale, telltale } from "../../mod.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS } from "../tool.ts";
import { burn } from "./load.ts";

async function readJson(t: Telltale, path: string) {
  const request = new Request(`http://localhost/telltale/${path}`);
  const response = await t.endpoints.answer(`/telltale/${path.split("?")[0]}`, request, PEER);
  return await response!.json();
}

const PEER = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } }];

async function ask(t: Telltale, path: string): Promise<Response> {
  const request = new Request(`http://localhost/debug/pprof/${path}`);
  return (await t.endpoints.answer(`/debug/pprof/${path.split("?")[0]}`, request, PEER))!;
}

const idOf = ({ id }: { id: string }) => id;

/** The lines with this message. */
const lines = (t: Telltale, message: string) =>
  [...t.log.ring].filter((record) => record.message === message);

async function running(clock: ManualClock, options: object = {}): Promise<Telltale> {
  const t = telltale({
    service: "orders",
    clock,
    log: { sinks: [] },
    profile: { everyMs: 3_600_000, durationMs: 30_000, intervalMicros: 1000, ...options },
  });
  // The start of a profiler is measured.
  await until("the profiler", async () => {
    const page = await (await t.metrics.scrape()).text();
    return /telltale_profile_start_seconds (?!0$)/m.test(page) || clock.waiting > 3;
  });
  return t;
}

test("An SLO that burns has the present profiled, and its line names the profile", {
  timeout: HANG_MS,
}, async () => {
  const clock = new ManualClock();
  await using t = await running(clock);
  const handler = t.instrument(() => new Response(String(burn(5))));
  const slo = t.slo("orders", { objective: 0.99, custom: true });
  await until("the profiler to be open", async () => {
    slo.bad(100_000);
    clock.advance(10_000);
    return (await Promise.resolve(), lines(t, "SLO alert").some(({ fields }) => fields.profile_id));
  });
  const alert = lines(t, "SLO alert").find(({ fields }) => fields.profile_id)!;
  const id = String(alert.fields.profile_id);
  // On Bun the window is begun now.
  await until("the window", async () => {
    clock.advance(0);
    await handler(new Request("http://localhost/orders"));
    return [...t.tracer.finished].some((span) => span.attributes["telltale.profile.id"] === id);
  });
  const trace = [...t.tracer.finished].at(-1)!.traceId;
  // While it is recorded it is linked already.
  assert.deepEqual((await readJson(t, `api/traces/${trace}`)).profiles.map(idOf), [id]);
  burn(30);
  await until("the end of the window", () => {
    clock.advance(10_000);
    return lines(t, "Profile kept").length > 0;
  });
  const { findings } = await readJson(t, "api/findings");
  const burning = findings.find(({ kind }: { kind: string }) => kind === "burning");
  assert.equal(burning.profile, id);
  const [link] = (await readJson(t, `api/traces/${trace}`)).profiles;
  assert.deepEqual([link.id, link.trigger], [id, "slo"]);
  assert.ok(link.endMs >= link.startMs + 10_000);
  // And back: the requests whose time it covers, and those alone.
  clock.advance(1);
  await handler(new Request("http://localhost/later"));
  const requests = async (query: string) =>
    (await readJson(t, `api/traces?q=trace?${query}`)).matched as number;
  const covered = await requests(`&profile=${id}`);
  assert.ok(covered >= 1);
  assert.equal(await requests("") - covered, 1);
  const unknown = await readJson(t, "api/traces?profile=none");
  assert.match(unknown.error, /profile must be the id of a profile/);
  const { fields } = lines(t, "Profile kept").find(({ fields }) => fields.trigger === "slo")!;
  assert.equal(fields.profile_id, id);
  const kept = await ask(t, `kept?id=${id}`);
  assert.equal(kept.status, 200);
  assert.equal(new Uint8Array(await kept.arrayBuffer())[0], 0x1f);
  assert.match(await (await ask(t, "")).text(), new RegExp(`<a href="kept\\?id=${id}">`));
  const page = await (await t.metrics.scrape()).text();
  assert.match(page, /^telltale_profiles_total\{kind="cpu",trigger="slo",result="ok"\} 1$/m);
  assert.match(page, /^telltale_profile_blocked_seconds_total\{step="start"\} [\d.e-]+$/m);
});

test("Options of profiles are refused when the composition is made", () => {
  const cases: readonly [object, string][] = [
    [{ everyMs: 1 }, "Cannot profile continuously: everyMs must be at least 1000, got 1"],
    [{ dirr: "x" }, 'Cannot profile continuously: unknown option "dirr", did you mean "dir"?'],
  ];
  for (const [profile, message] of cases) {
    assert.throws(() => telltale({ profile: profile as object }), { message });
  }
  assert.throws(() => telltale({ profile: true as unknown as object }), {
    message: "Cannot set up telltale: profile must be an object, got true",
  });
});

test("Without the option nothing is profiled, and no code of profiles is loaded", {
  timeout: HANG_MS,
}, async () => {
  const clock = new ManualClock();
  await using t = telltale({ clock, log: { sinks: [] } });
  const handler = t.instrument(() => new Response("x"));
  await handler(new Request("http://localhost/"));
  assert.doesNotMatch(await (await t.metrics.scrape()).text(), /telltale_profile/);
  const [span] = t.tracer.finished;
  assert.equal(span!.attributes["telltale.profile.id"], undefined);
});
