/**
 * A session with the runtime's own inspector. No port is opened.
 *
 * @module
 */
import type { Session } from "node:inspector";
import { load } from "../../core/context.ts";
import { mayInspect } from "../../core/platform.ts";
import { ProfileError } from "./error.ts";

type Module = typeof import("node:inspector");

/** One session. */
export class Inspector {
  /** How long calls have held the thread, together. Reading an answer that comes later is not in it. */
  busyMs = 0;
  readonly #module: Module;
  readonly #session: Session;

  private constructor(module: Module) {
    this.#module = module;
    this.#session = new module.Session();
    this.#session.connect();
  }

  /**
   * Connects. The permission is asked about first: on a terminal Deno would prompt, and wait.
   *
   * @throws {ProfileError} without permission, or where the runtime has no inspector
   */
  static async connect(): Promise<Inspector> {
    if (!mayInspect()) {
      throw new ProfileError(
        "permission",
        "Cannot profile: Deno must be run with --allow-sys, because no narrower permission covers " +
          "the inspector",
      );
    }
    try {
      return new Inspector(await load(() => import("node:inspector")));
    } catch (cause) {
      const message = "Cannot profile: this runtime gives no inspector session";
      throw new ProfileError("unsupported", message, { cause });
    }
  }

  /** Sends a command; resolves to its result. */
  post<T>(method: string, parameters: object = {}): Promise<T> {
    const session = this.#session as unknown as {
      post(
        method: string,
        parameters: object,
        done: (error: Error | null, result: unknown) => void,
      ): void;
    };
    return new Promise((resolve, reject) => {
      this.#timed(() =>
        session.post(method, parameters, (error, result) => {
          if (error) reject(error);
          else resolve(result as T);
        })
      );
    });
  }

  /** Calls `listener` with the parameters of each event of this name. */
  on(event: string, listener: (parameters: never) => void): void {
    this.#session.on(event, ({ params }: { params: never }) => listener(params));
  }

  /** Begins or ends a profile by the inspector's own console; it comes as an event. */
  console(method: "profile" | "profileEnd", title: string): void {
    const console = this.#module.console as unknown as Record<
      typeof method,
      (title: string) => void
    >;
    this.#timed(() => console[method](title));
  }

  /** Disconnects. */
  close(): void {
    this.#session.disconnect();
  }

  #timed(call: () => void): void {
    const before = performance.now();
    try {
      call();
    } finally {
      this.busyMs += performance.now() - before;
    }
  }
}
