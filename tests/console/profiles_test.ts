import { test } from "node:test";
import { deepEqual, equal, match } from "node:assert/strict";
import { TakenProfiles } from "../../src/console/state/profiles.ts";
import { ProfileError } from "../../src/profile/capture/error.ts";
import { cpuProfile, type Profile } from "../../src/profile/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const URL_OF = "http://localhost/telltale/api/profiles";

/** Profiles that end, or are refused, when the test says so. */
function setup() {
  const waiting: { resolve(profile: Profile): void; reject(error: unknown): void }[] = [];
  let refusal: unknown;
  const taken = new TakenProfiles({
    take: (_kind, _seconds, onStart) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      onStart();
      const { promise, resolve, reject } = Promise.withResolvers<Profile>();
      waiting.push({ resolve, reject });
      return promise;
    },
    shelf: () =>
      Promise.resolve({
        list: () => Promise.resolve([{ id: "20261128T184500.123Z-lag-0a1b2c3d", bytes: 7 }]),
        read: (id) => Promise.resolve(id.endsWith("0a1b2c3d") ? new Uint8Array([1]) : undefined),
      }),
  }, new ManualClock());
  const get = async (query = "") => {
    const response = await taken.answer(new Request(URL_OF + query));
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const post = async (body: unknown) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await taken.answer(new Request(URL_OF, init));
    return { status: response.status, body: await response.json() };
  };
  const refuse = (error: unknown) => refusal = error;
  return { waiting, get, post, refuse, taken };
}

/** The list once nothing in it is running. */
async function ready(get: ReturnType<typeof setup>["get"]) {
  for (;;) {
    const { body } = await get();
    if (body.profiles.every(({ state }: { state: string }) => state !== "running")) return body;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

test("a profile is taken, one at a time, and given in every format", async () => {
  const { waiting, get, post, taken } = setup();
  const profile = await cpuProfile({ seconds: 0.05 });
  const { status, body } = await post({ kind: "cpu", seconds: 5 });
  deepEqual([status, body.state, body.kind, body.trigger], [202, "running", "cpu", "demand"]);
  equal((await get(`?id=${body.id}&format=folded`)).status, 404);
  equal((await post({ kind: "heap" })).status, 409);
  waiting[0]!.resolve(profile);
  const { profiles } = await ready(get);
  deepEqual(profiles.map(({ trigger }: { trigger: string }) => trigger).sort(), ["demand", "lag"]);
  equal((await get(`?id=${body.id}&format=folded`)).text, profile.folded());
  equal((await get(`?id=${body.id}&format=speedscope`)).text, profile.speedscope());
  equal((await get(`?id=${body.id}`)).status, 200);
  equal(taken.kept.count, 1);
  equal((await post({ kind: "heap" })).status, 202);
});

test("what refuses a profile is told, and one that fails later says why", async () => {
  const { waiting, get, post, refuse } = setup();
  refuse(new ProfileError("busy", "Cannot profile: another"));
  deepEqual(await post({ kind: "cpu" }), {
    status: 409,
    body: { error: "Cannot profile: another" },
  });
  refuse(new ProfileError("permission", "Cannot profile: --allow-sys"));
  equal((await post({ kind: "cpu" })).status, 501);
  refuse(undefined);
  const { body } = await post({ kind: "cpu", seconds: 1 });
  waiting[0]!.reject(new Error("out of luck"));
  const { profiles } = await ready(get);
  const failed = profiles.find(({ id }: { id: string }) => id === body.id);
  equal(failed.state, "failed");
  match(failed.error, /out of luck/);
});

test("eight profiles are kept, and those of the background as they are", async () => {
  const { waiting, get, post, taken } = setup();
  const profile = await cpuProfile({ seconds: 0.02 });
  for (let i = 0; i < 12; i++) {
    await post({ kind: "cpu" });
    waiting[i]!.resolve(profile);
    await ready(get);
  }
  deepEqual([taken.kept.count, taken.kept.crowded], [8, 4]);
  const id = "20261128T184500.123Z-lag-0a1b2c3d";
  equal((await get(`?id=${id}`)).text, "\x01");
  equal((await get("?id=none")).status, 404);
});

test("an order that can't be carried out is refused by name", async () => {
  const { post, taken } = setup();
  const table: readonly (readonly [body: unknown, error: RegExp])[] = [
    [[], /^The body must be an object/],
    [{ kind: "gpu" }, /^kind must be cpu or heap, got "gpu"/],
    [{ kind: "cpu", seconds: 0 }, /^seconds must be a number from 0.1 to 60/],
    [{ kind: "cpu", file: "/etc/passwd" }, /^Unknown member "file": the body takes kind, seconds/],
  ];
  for (const [body, error] of table) {
    await post(body).then(() => equal(body, "refused"), ({ message }) => match(message, error));
  }
  await taken.answer(new Request(URL_OF + "?id=x&format=png")).then(
    () => equal("png", "refused"),
    ({ message }) => match(message, /^format must be one of folded, speedscope, pprof/),
  );
});
