/** The way between the demo and its readers: broken, stalled, crowded. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { Cable, type Demo, startDemo } from "./demo.ts";

let browser: Browser, demo: Demo;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER === false) [browser, demo] = await Promise.all([launch(), startDemo(60)]);
}, options);

after(async () => {
  await browser?.close();
  await demo?.close();
});

/** Waits until the page has so many requests, as the foot of its list of views says. */
async function holds(page: Page, requests: number): Promise<void> {
  // A thousand has a blank in it.
  const hasText = new RegExp(`^Kept ${[...String(requests)].join("\\s?")} requests,`);
  await page.locator(".own").filter({ hasText }).waitFor();
}

/** What the page keeps, as it saves it. */
async function saved(page: Page): Promise<{ rows: unknown[]; lines: unknown[] }> {
  await page.getByRole("button", { name: "Export or import a session" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "JSON Lines" }).click(),
  ]);
  const all = readFileSync(await download.path(), "utf8").trim().split("\n")
    .map((line) => JSON.parse(line));
  const of = (kind: string) =>
    all.filter((entry) => entry.kind === kind).map(({ fields }) => fields);
  return { rows: of("row").map(idOf), lines: of("line").map(idOf) };
}

/** What tells a row or a line from all others. */
function idOf(fields: Record<string, unknown>): string {
  const { time = fields.timeMs, trace = fields.traceId, span = fields.spanId, message = "" } =
    fields;
  return `${time} ${trace} ${span} ${message}`;
}

test(
  "After each break of the connection the page has every row and line once",
  options,
  async () => {
    const cable = new Cable(demo.url), url = await cable.listen();
    const { page, close } = await open(browser, `${url}/telltale/`);
    await holds(page, (await demo.lines("rows")).length);
    for (let round = 0; round < 3; round++) {
      // Cut while rows are on their way.
      const customers = demo.load.send(25);
      if (round > 0) await page.locator("#live").filter({ hasText: "Live" }).waitFor();
      cable.cut();
      await page.locator(".banner.bad").waitFor();
      await customers;
      await demo.load.send(5);
      cable.isCut = false;
      await holds(page, (await demo.lines("rows")).length);
      await page.locator(".banner.bad").waitFor({ state: "detached" });
    }
    const { rows, lines } = await saved(page);
    assert.deepEqual(rows, (await demo.lines("rows")).map(({ fields }) => idOf(fields)));
    assert.deepEqual(lines, (await demo.lines("logs")).map(({ fields }) => idOf(fields)));
    assert.equal(new Set(rows).size, rows.length);
    await close();
    await cable.close();
  },
);

/** Sends so many requests over one connection, and waits for their answers; fails unless all are 404. */
async function visit(path: string, count: number): Promise<void> {
  const { hostname, port, host } = new URL(demo.url), socket = connect(Number(port), hostname);
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, atOnce = 50;
  socket.setEncoding("latin1");
  let rest = "", answered = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${answered} answers`)));
    socket.on("data", (text) => {
      const heads = (rest + text).split("HTTP/1.1 ");
      // Only the last one may go on in what comes next.
      rest = `HTTP/1.1 ${heads.pop()!}`;
      if (heads.some((head) => head !== "" && !head.startsWith("404 "))) {
        reject(new Error(heads.find((head) => !head.startsWith("404 "))));
      }
      const before = answered;
      answered += heads.filter((head) => head !== "").length;
      if (rest.endsWith("}")) {
        answered++;
        rest = "";
      }
      if (answered >= count) return resolve();
      if (Math.floor(answered / atOnce) > Math.floor(before / atOnce)) {
        socket.write(request.repeat(atOnce));
      }
    });
    socket.write(request.repeat(atOnce));
  });
  socket.destroy();
}

test(
  "For a reader that reads nothing nothing is queued, and requests are served as before",
  options,
  async () => {
    const last = async (path: "rows" | "logs") => (await demo.lines(path)).at(-1)!.number + 1;
    const [row, line] = [await last("rows"), await last("logs")];
    const { hostname, port, host } = new URL(demo.url), requests = 6000;
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(
      `GET /telltale/api/stream HTTP/1.1\r\nHost: ${host}\r\nLast-Event-ID: ${row}.${line}.0\r\n\r\n`,
    );
    // About 25 MB of events: more than the two ends of a connection and the ring of lines hold.
    await visit(`/${"a-long-path/".repeat(170)}`, requests);
    const read = { rows: 0, lines: 0, lost: 0, next: row };
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      readChunks(socket, (text) => {
        for (const event of text) {
          const [, type, data] = /^event: (rows|logs)\nid: .*\ndata: (.*)$/.exec(event) ?? [];
          if (data === undefined) continue;
          const { first, next, lost, rows } = JSON.parse(data);
          if (type === "logs") {
            read.lines += rows.length;
            read.lost += lost;
            continue;
          }
          assert.equal(first - lost, read.next, "none missing, none twice");
          read.rows += rows.length;
          read.next = next;
        }
        if (read.next >= row + requests) resolve();
      });
      socket.resume();
    });
    socket.destroy();
    assert.equal(read.rows, requests);
    assert.ok(read.lost > 0, `all ${read.lines} lines were kept for it`);
  },
);

/** Gives the events of a chunked body, as they become whole. */
function readChunks(socket: Socket, take: (events: string[]) => void): void {
  let bytes = "", body = "", isInBody = false;
  socket.setEncoding("latin1").on("data", (data) => {
    bytes += data;
    if (!isInBody) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      isInBody = true;
      bytes = bytes.slice(end + 4);
    }
    for (;;) {
      const head = /^([0-9a-f]+)\r\n/i.exec(bytes);
      if (head === null) break;
      const from = head[0].length, to = from + parseInt(head[1]!, 16);
      if (bytes.length < to + 2) break;
      body += bytes.slice(from, to);
      bytes = bytes.slice(to + 2);
    }
    const events = body.split("\n\n");
    body = events.pop()!;
    take(events);
  });
}
