/**
 * The transport between the isolates of one process, over a `BroadcastChannel`.
 *
 * @module
 */
import { outside } from "../../core/context.ts";
import { deno, isDenoServe, isWorker, unref } from "../../core/platform.ts";
import { listen } from "../../core/signals.ts";
import type { ClusterTransport } from "./wire.ts";

/**
 * Sends over a `BroadcastChannel`, which reaches the isolates of `deno serve --parallel` and the
 * workers of Deno and Bun, never other processes.
 *
 * On Deno an open channel keeps the process alive. `deno serve` drains at SIGTERM and would wait for
 * it, so there it is closed at that signal; elsewhere the process, or a listener, ends it.
 */
export class BroadcastTransport implements ClusterTransport {
  readonly #name: string;
  readonly #receive: (message: string) => void;
  #channel: BroadcastChannel;
  #stopListening: (() => void) | undefined;
  #closed = false;

  /**
   * Opens the channel of this name.
   *
   * @param joined called once messages reach the others
   * @param leave called when `deno serve` drains; closes the transport
   */
  constructor(
    name: string,
    receive: (message: string) => void,
    joined: () => void,
    leave: () => Promise<void>,
  ) {
    this.#name = name;
    this.#receive = receive;
    this.#channel = this.#open();
    // Not at once: the channel may turn out to be dead, see `send`.
    outside(() => unref(setTimeout(() => this.#closed || joined(), 0)));
    if (deno !== undefined && !isWorker) void this.#leaveWhenServed(leave);
  }

  async #leaveWhenServed(leave: () => Promise<void>): Promise<void> {
    if (!await isDenoServe() || this.#closed) return;
    this.#stopListening = listen("SIGTERM", () => void leave());
  }

  #open(): BroadcastChannel {
    // Bun runs the listener in the context in which the channel was opened.
    const channel = outside(() => {
      const channel = new BroadcastChannel(this.#name);
      channel.onmessage = (event: MessageEvent) => this.#receive(event.data as string);
      return channel;
    });
    // On Bun and Node a channel can let the process end; Deno's has no such method.
    (channel as { unref?(): void }).unref?.();
    return channel;
  }

  /** Posts to all other isolates. */
  send(message: string): void {
    try {
      this.#channel.postMessage(message);
    } catch {
      // On Deno a channel opened right after the isolate's last one was closed neither sends nor
      // receives; the next one works.
      const dead = this.#channel;
      this.#channel = this.#open();
      dead.onmessage = null;
      dead.close();
      this.#channel.postMessage(message);
    }
  }

  /** Closes the channel; messages already posted are delivered. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopListening?.();
    this.#channel.onmessage = null;
    this.#channel.close();
    return Promise.resolve();
  }
}
