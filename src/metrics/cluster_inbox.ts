/**
 * What a member of a cluster has heard and not read yet.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import { Pause } from "./pause.ts";
import type { ClusterMessage } from "./transport.ts";

/** Text that was received and not read yet; what comes on top of it is lost. */
const MAX_UNREAD_CHARS = 64 << 20;
/** What was read is forgotten so much at a time: cutting the queue at each costs more. */
const SLICE = 64;

type Task = string | (() => Promise<void>);

/** Reads one message after the other, with other work in between; one that can't be read is a fault. */
export class ClusterInbox {
  readonly #receive: (message: ClusterMessage) => Promise<void>;
  readonly #faults: Faults;
  readonly #tasks: Task[] = [];
  #unreadChars = 0;
  #isReading = false;

  /** @param receive takes what was read; it may not be what it says it is */
  constructor(receive: (message: ClusterMessage) => Promise<void>, faults: Faults) {
    this.#receive = receive;
    this.#faults = faults;
  }

  /** Takes a message, or counts that there is no room for it. */
  accept(message: string): void {
    if (typeof message !== "string" || this.#unreadChars + message.length > MAX_UNREAD_CHARS) {
      this.#faults.record("cluster", new RangeError("Lost a message of a member"));
      return;
    }
    this.#unreadChars += message.length;
    this.add(message);
  }

  /** Takes what is to be done when the messages before it are read. */
  add(task: Task): void {
    this.#tasks.push(task);
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    const pause = new Pause();
    for (let i = 0; i < this.#tasks.length; i++) {
      const task = this.#tasks[i]!;
      if (i === SLICE) {
        this.#tasks.splice(0, i);
        i = 0;
      }
      try {
        if (typeof task === "string") await this.#readMessage(task);
        else await task();
      } catch (error) {
        this.#faults.record("cluster", error);
      }
      if (pause.isDue) await pause.take();
    }
    this.#tasks.length = 0;
    this.#isReading = false;
  }

  #readMessage(message: string): Promise<void> {
    this.#unreadChars -= message.length;
    return this.#receive(JSON.parse(message));
  }
}
