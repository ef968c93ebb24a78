/**
 * Messages between the isolates of one process.
 *
 * @module
 */
import process from "node:process";
import { deno } from "../core/platform.ts";
import type { ClusterMessage, ClusterTransport } from "./transport.ts";

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
  readonly #onTerm: () => void;

  /**
   * Opens the channel of this name.
   *
   * @param leave called at SIGTERM; closes the transport
   */
  constructor(
    name: string,
    receive: (message: ClusterMessage) => void,
    leave: () => Promise<void>,
  ) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = (event: MessageEvent) => receive(event.data as ClusterMessage);
    // Bun's and Node's can let the process end; Deno's has no such method.
    (this.#channel as { unref?(): void }).unref?.();
    this.#onTerm = () => {
      if (process.listenerCount("SIGTERM") > 1) return;
      leave().finally(() => process.kill(process.pid, "SIGTERM"));
    };
    if (deno?.permissions.querySync({ name: "run" }).state === "granted") {
      process.on("SIGTERM", this.#onTerm);
    }
  }

  /** Posts to all others. */
  send(message: ClusterMessage): void {
    this.#channel.postMessage(message);
  }

  /** Closes the channel; what was posted is delivered. */
  close(): Promise<void> {
    process.off("SIGTERM", this.#onTerm);
    this.#channel.onmessage = null;
    this.#channel.close();
    return Promise.resolve();
  }
}
