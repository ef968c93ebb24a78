/**
 * Messages between the isolates of one process.
 *
 * @module
 */
import process from "node:process";
import { hasForeignListener, ownSignalListeners, raiseAgain } from "../core/exit.ts";
import { deno, mayRun } from "../core/platform.ts";
import type { ClusterTransport } from "./transport.ts";

/** What those leave by that are open in this isolate; one listener serves them all. */
const leaving = new Set<() => Promise<void>>();

function onTerm(): void {
  // Whoever else listens has the say.
  if (hasForeignListener("SIGTERM")) return;
  void Promise.allSettled([...leaving].map((leave) => leave())).then(() => {
    process.off("SIGTERM", onTerm);
    raiseAgain("SIGTERM");
  });
}

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
  readonly #leave: () => Promise<void>;

  /**
   * Opens the channel of this name.
   *
   * @param leave called at SIGTERM; closes the transport
   */
  constructor(name: string, receive: (message: string) => void, leave: () => Promise<void>) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = (event: MessageEvent) => receive(event.data as string);
    // Bun's and Node's can let the process end; Deno's has no such method.
    (this.#channel as { unref?(): void }).unref?.();
    this.#leave = leave;
    if (deno === undefined || !mayRun()) return;
    ownSignalListeners.add(onTerm);
    if (leaving.size === 0) process.on("SIGTERM", onTerm);
    leaving.add(leave);
  }

  /** Posts to all others. */
  send(message: string): void {
    this.#channel.postMessage(message);
  }

  /** Closes the channel; what was posted is delivered. */
  close(): Promise<void> {
    if (leaving.delete(this.#leave) && leaving.size === 0) process.off("SIGTERM", onTerm);
    this.#channel.onmessage = null;
    this.#channel.close();
    return Promise.resolve();
  }
}
