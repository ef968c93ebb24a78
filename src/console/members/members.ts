/**
 * The consoles of the other members of a cluster: asks them, and answers them.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { ClusterChannel } from "../../metrics/cluster/cluster.ts";

/** How long others may take. */
const WAIT_MS = 500;
/** Digits of the id that names an isolate. */
const SHORT = 8;

/** A request to another console; what it may be is what that console takes. */
export interface Ask {
  /** After the console's path. */
  readonly path: string;
  /** With its question mark. */
  readonly search?: string | undefined;
  /** The type of answer that is wanted. */
  readonly accept?: string | undefined;
  /** The body of a POST. */
  readonly body?: string | undefined;
}

/** What another console has answered. */
export interface Told {
  readonly isolate: string;
  readonly version: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Answers of the others, and those who did not give one in time. */
export interface ToldByAll {
  readonly told: readonly Told[];
  readonly missing: readonly string[];
}

type Message =
  | ({ readonly kind: "ask"; readonly ask: number } & Ask)
  | ({ readonly kind: "told"; readonly ask: number } & Told);

/** Who asks and answers. */
export interface MembersOptions {
  readonly channel: Pick<ClusterChannel, "id" | "send" | "present">;
  readonly version: string;
  /** The answer of this console alone. */
  readonly answer: (ask: Ask) => Promise<Response>;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** One console of several. What comes over the channel is of this process, or of a socket of this user. */
export class Members {
  readonly #options: MembersOptions;
  readonly #waiting = new Map<number, (told: Told) => void>();
  #asks = 0;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /** The name of this isolate. */
  get isolate(): string {
    return nameOf(this.#options.channel.id);
  }

  /** The version of this isolate. */
  get version(): string {
    return this.#options.version;
  }

  /** The names of the others. */
  get others(): string[] {
    return this.#options.channel.present.map(nameOf);
  }

  /** Takes a message; throws for what is none, which the cluster counts. */
  receive(from: string, message: Message): void {
    if (message?.kind === "told") {
      this.#waiting.get(message.ask)?.({ ...message, isolate: nameOf(from) });
    } else if (message?.kind === "ask") void this.#answer(from, message);
    else throw new TypeError("Cannot read a message of a console: not in the form of this release");
  }

  /** Asks one of the others; undefined when it did not answer in time. */
  async askOne(isolate: string, ask: Ask): Promise<Told | undefined> {
    const id = this.#options.channel.present.find((one) => nameOf(one) === isolate);
    return id === undefined ? undefined : (await this.#ask([id], ask)).told[0];
  }

  /** Asks all others. */
  askAll(ask: Ask): Promise<ToldByAll> {
    return this.#ask(this.#options.channel.present, ask);
  }

  async #ask(ids: readonly string[], ask: Ask): Promise<ToldByAll> {
    const missing = new Set(ids.map(nameOf)), told: Told[] = [], number = this.#asks++;
    if (ids.length === 0) return { told, missing: [] };
    const { channel, clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(WAIT_MS, resolve);
      this.#waiting.set(number, (one) => {
        if (!missing.delete(one.isolate)) return;
        told.push(one);
        if (missing.size > 0) return;
        cancel();
        resolve();
      });
      for (const id of ids) {
        channel.send({ kind: "ask", ask: number, ...ask } satisfies Message, id);
      }
    });
    this.#waiting.delete(number);
    return { told, missing: [...missing] };
  }

  async #answer(
    from: string,
    { ask: number, path, search, accept, body }: Message & { kind: "ask" },
  ) {
    const { channel, version, answer, faults } = this.#options;
    try {
      const response = await answer({ path, search, accept, body });
      channel.send(
        {
          kind: "told",
          ask: number,
          isolate: "",
          version,
          status: response.status,
          type: response.headers.get("content-type") ?? "",
          text: await response.text(),
        } satisfies Message,
        from,
      );
    } catch (error) {
      faults.record("console of a member", error);
    }
  }
}

function nameOf(id: string): string {
  return id.slice(0, SHORT);
}
