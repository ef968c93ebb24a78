/**
 * Messages between the isolates of one process.
 *
 * @module
 */
import { outside } from "../../core/context.ts";
import { deno, isDenoServe, isWorker, unref } from "../../core/platform.ts";
import { listen } from "../../core/signals.ts";
import type { ClusterTransport } from "./transport.ts";

/**
 * A `BroadcastChannel`: it crosses the isolates of `deno serve --parallel`, Deno's and Bun's workers,
 * never processes.
 *
 * On Deno an open one keeps the process alive, and `deno serve`, which drains at SIGTERM, would wait
 * for it: there it is closed at that signal. Elsewhere the signal ends the process, or whoever listens.
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
   * @param joined called once others can hear
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
    // Not before it shows whether it is dumb: see `send`.
    outside(() => unref(setTimeout(() => this.#closed || joined(), 0)));
    if (deno !== undefined && !isWorker) void this.#leaveWhenServed(leave);
  }

  async #leaveWhenServed(leave: () => Promise<void>): Promise<void> {
    if (!await isDenoServe() || this.#closed) return;
    this.#stopListening = listen("SIGTERM", () => void leave());
  }

  #open(): BroadcastChannel {
    // Bun runs what a channel receives in the context that it was opened in.
    const channel = outside(() => {
      const channel = new BroadcastChannel(this.#name);
      channel.onmessage = (event: MessageEvent) => this.#receive(event.data as string);
      return channel;
    });
    // Bun's and Node's can let the process end; Deno's has no such method.
    (channel as { unref?(): void }).unref?.();
    return channel;
  }

  /** Posts to all others. */
  send(message: string): void {
    try {
      this.#channel.postMessage(message);
    } catch {
      // On Deno a channel that is opened right after the isolate's last one was closed is deaf and
      // dumb for ever, and the next one is not.
      const dumb = this.#channel;
      this.#channel = this.#open();
      dumb.onmessage = null;
      dumb.close();
      this.#channel.postMessage(message);
    }
  }

  /** Closes the channel; what was posted is delivered. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopListening?.();
    this.#channel.onmessage = null;
    this.#channel.close();
    return Promise.resolve();
  }
}
