import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startApp } from "./app.ts";
import { HOSTILE, MARK, NAUGHTY, naughtyRequests } from "./corpus.ts";
import { sendRaw } from "./raw.ts";
import type { Program } from "./service.ts";
import { HANG_MS } from "../tool.ts";

const CONNECTIONS = 16;

/** Every header that the runtime or Telltale may add to an answer. */
const KNOWN_HEADERS = new Set([
  "allow",
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "transfer-encoding",
  "vary",
  "x-content-type-options",
  "x-request-id",
]);

/** What an application says of hostile requests: as ever. */
export function testHostile(program: Program, name: string, skip: string | false): void {
  const options = { skip, timeout: HANG_MS };
  test(`hostile requests change nothing, on ${name}`, options, async () => {
    const app = await startApp(program, { keepOutput: true });
    const requests = [...Object.values(HOSTILE), ...NAUGHTY.flatMap(naughtyRequests)];
    const answers = await sendAll(app.port, requests);

    ok(app.isAlive());
    const url = `http://127.0.0.1:${app.port}`;
    equal(await (await fetch(`${url}/hello`)).text(), "hello");
    for (const answer of answers) checkHeads(answer);
    checkPage(await (await fetch(`${url}/metrics`)).text());
    equal(await app.stop(), 0);
    checkLog(app.output());
  });
}

/** All answers, in the order of the requests. */
async function sendAll(port: number, requests: readonly string[]): Promise<string[]> {
  const answers = new Array<string>(requests.length).fill("");
  let next = 0;
  const work = async () => {
    for (let i = next++; i < requests.length; i = next++) {
      answers[i] = await sendRaw(port, requests[i]!);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return answers;
}

/** No answer says what was said to it, in a header of whatever name. */
function checkHeads(answer: string): void {
  for (const part of answer.split(/(?=HTTP\/1\.[01] \d{3} )/)) {
    const [status, ...headers] = part.split("\r\n\r\n")[0]!.split("\r\n");
    if (status === "" || !status!.startsWith("HTTP/1.")) continue;
    for (const header of headers) {
      const colon = header.indexOf(":");
      const name = header.slice(0, colon).toLowerCase();
      ok(KNOWN_HEADERS.has(name), `${JSON.stringify(header)} after ${status}`);
      // The one that is given back, when it can do no harm.
      if (name === "x-request-id") match(header, /: [A-Za-z0-9._~:/+=@-]{1,128}$/);
      else ok(!header.includes(MARK), header);
    }
  }
}

const METHODS = "GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY|_OTHER";

/** The series are those of any day: known methods, routes of the application, real statuses. */
function checkPage(page: string): void {
  ok(!page.includes(MARK));
  const series = page.split("\n").filter((line) => line.startsWith("http_requests_total{"));
  const expected = new RegExp(
    `^http_requests_total\\{method="(${METHODS})",route="(/hello|/echo|unmatched)",` +
      `status="(200|404|499|500)"\\} \\d+$`,
  );
  for (const line of series) match(line, expected);
  ok(series.some((line) => line.includes('route="unmatched"')), page);
  const faults = page.split("\n").filter((line) =>
    line.startsWith("telltale_internal_errors_total{") && !/"health check"/.test(line)
  );
  deepEqual(faults, []);
}

const MESSAGES = new Set([
  "request started",
  "request completed",
  "request failed",
  "request aborted",
  "response failed",
  "not found",
  "health changed",
]);

/** Each line is one record, whatever was in it. */
function checkLog(output: string): void {
  const lines = output.split("\n");
  equal(lines.pop(), "");
  ok(lines.length > NAUGHTY.length);
  for (const line of lines) {
    const { msg, service } = JSON.parse(line);
    deepEqual([MESSAGES.has(msg), service], [true, "app"], line);
    // deno-lint-ignore no-control-regex
    ok(!/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(line), JSON.stringify(line));
  }
}
