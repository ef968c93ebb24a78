import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Faults } from "../../src/core/faults.ts";
import type { PushResult } from "../../src/export/push/mod.ts";
import { ManualClock } from "../manual_clock.ts";

/** An answer of the receiver, a failure, or none. */
export type Answer = Response | Error | "never";

/** A receiver that gives these answers, the last one repeatedly, and keeps the requests. */
export function receiverWith(...answers: readonly Answer[]) {
  const requests: { method: string; url: string; headers: Headers; body: Uint8Array }[] = [];
  const clock = new ManualClock();
  const faults: string[] = [];
  const options = {
    url: "http://gateway:9091/",
    clock,
    random: () => 0.5,
    faults: new Faults((where, error) => faults.push(`${where}: ${(error as Error).message}`)),
    fetch: (url: string, init: RequestInit) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)]!;
      const { method = "", headers, body, signal } = init;
      requests.push({ method, url, headers: new Headers(headers), body: body as Uint8Array });
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer !== "never") return Promise.resolve(answer.clone());
      return new Promise<Response>((_, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason));
      });
    },
  };
  return { requests, clock, faults, options };
}

/** Lets time pass until it is settled. */
export async function settle(clock: ManualClock, push: Promise<PushResult>): Promise<PushResult> {
  let result: PushResult | undefined;
  void push.then((settled) => result = settled);
  for (let i = 0; result === undefined && i < 1000; i++) {
    // Twice: a callback of one turn of the loop may schedule another.
    await turn();
    await turn();
    if (result === undefined) clock.advance(100);
  }
  assert.ok(result !== undefined, "it never settled");
  return result;
}

/** Runs a job that ends when its push is settled, and gives its exit code. */
export function runJob(url: string): Promise<number | null> {
  const child = fileURLToPath(new URL("push_child.ts", import.meta.url));
  const prefix = "Bun" in globalThis ? ["run"] : ["run", "-A", "--no-check", "--quiet"];
  const job = spawn(process.execPath, [...prefix, child, url], { stdio: "ignore" });
  return new Promise((resolve) => job.once("close", resolve));
}
