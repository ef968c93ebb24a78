/**
 * The demo's two services, with customers who do the same in every run.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Load } from "../../examples/demo/load.ts";
import type { Answer } from "../../src/events/ask/answer.ts";
import { Pair } from "../../examples/demo/pair.ts";
import { RUNTIME } from "../e2e/command.ts";

/** An answer, and the numbers of requests that the page's sentence about it names. */
export type Asked = Answer & { readonly said: readonly number[] };

/** The demo, running. */
export interface Demo {
  readonly load: Load;
  /** Where orders is; the page of its console is at `page`. */
  readonly url: string;
  readonly page: string;
  /** What the service answers to a question. */
  ask(question: string): Promise<Asked>;
  /** What it gives as JSON Lines, without the first, which tells of the others. */
  lines(path: "rows" | "logs"): Promise<{ number: number; fields: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

/** Starts both services, and lets `customers` visit. */
export async function startDemo(customers: number): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-page-"));
  const pair = await Pair.start({ port: 0, runtime: RUNTIME, folder });
  const { url } = pair.orders, load = new Load(url, 0, seeded(7));
  await load.send(customers, 4);
  const page = `${url}/telltale/`;
  const get = async (path: string) => await (await fetch(`${page}api/${path}`)).text();
  return {
    load,
    url,
    page,
    ask: async (question) => {
      const answer: Answer = JSON.parse(
        await get(`ask?q=${encodeURIComponent(question)}&limit=1000`),
      );
      const { matched, looked } = answer;
      const said = answer.kind === "why"
        ? [answer.selected, answer.selected + answer.others]
        : matched < looked
        ? [matched, looked]
        : [matched];
      return { ...answer, said };
    },
    lines: async (path) =>
      (await get(`${path}?since=0`)).trim().split("\n").slice(1).map((line) => JSON.parse(line)),
    close: async () => {
      await pair.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Numbers from 0 to 1 that look like chance, the same in every run (the minimal standard generator). */
function seeded(seed: number): () => number {
  return () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
}

/** The network between the page and a service, which can be broken. */
export class Cable {
  /** Whether connections are cut as soon as they are made. */
  isCut = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((from) => this.#join(from));
  readonly #port: number;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** Resolves to where the service is through this cable. */
  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as { port: number }).port}`);
      });
    });
  }

  /** Breaks every connection, in the middle of whatever it carries. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #join(from: Socket): void {
    if (this.isCut) return void from.destroy();
    const to = connect(this.#port, "127.0.0.1");
    for (const [socket, other] of [[from, to], [to, from]] as const) {
      this.#sockets.add(socket);
      // A reset is how a cut looks to the other end.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
