/**
 * Messages between the isolates of one process.
 *
 * @module
 */
import { outside } from "../core/context.ts";
import { beforeExit, heedSignals } from "../core/exit.ts";
import { deno, mayRun } from "../core/platform.ts";
import type { ClusterTransport } from "./transport.ts";

/**
 * A `BroadcastChannel`: it crosses the isolates of `deno serve --parallel`, Deno's and Bun's workers,
 * never processes.
 *
 * On Deno an open one keeps the process alive, and `deno serve` waits for it after SIGTERM. So it is
 * closed at that signal, which is then raised again; where the application (or `serve`) listens
 * for it, that listener has the say, and without permission to raise it (`--allow-run`) the default
 * is left as it is: then `close` is what ends the wait.
 */
export class BroadcastTransport implements ClusterTransport {
  readonly #channel: BroadcastChannel;
  #takeBack = () => {};

  /**
   * Opens the channel of this name.
   *
   * @param leave called at SIGTERM; closes the transport
   */
  constructor(name: string, receive: (message: string) => void, leave: () => Promise<void>) {
    // Bun runs what a channel receives in the context that it was opened in.
    this.#channel = outside(() => {
      const channel = new BroadcastChannel(name);
      channel.onmessage = (event: MessageEvent) => receive(event.data as string);
      return channel;
    });
    // Bun's and Node's can let the process end; Deno's has no such method.
    (this.#channel as { unref?(): void }).unref?.();
    if (deno === undefined || !mayRun()) return;
    this.#takeBack = beforeExit(() => void leave(), { pending: () => true });
    heedSignals();
  }

  /** Posts to all others. */
  send(message: string): void {
    this.#channel.postMessage(message);
  }

  /** Closes the channel; what was posted is delivered. */
  close(): Promise<void> {
    this.#takeBack();
    this.#channel.onmessage = null;
    this.#channel.close();
    return Promise.resolve();
  }
}
