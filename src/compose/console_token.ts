/**
 * The token of the console: given, or made for this process and printed.
 *
 * @module
 */
import { refuseUnknown } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { AccessOptions } from "../http/admin/access.ts";

/** Who may see the console, besides callers on this machine, and how much is kept for it. */
export interface ConsoleOptions {
  /**
   * Callers that send it may see the console, and change flags by it, from anywhere: the same as `token`
   * of `access`, in whose place it is given. `"print"` makes one for this process, and prints the address
   * of the page with it once on standard error. The token stands behind `#`, which no server, log or proxy
   * gets to see.
   */
  readonly token?: string | undefined;
  /**
   * About how many MiB all that is kept for the console may occupy, 4 to 1024. Of 32, rows get 6, lines of
   * the log 10, spans 11, spans of slow and failed traces that outlast the others 3, and the last hour of
   * figures and metrics 2. 32 MiB hold at most 10 000 rows, 16 384 lines besides those of requests,
   * and 16 384 spans of 2000 traces; another size as many more or fewer. Where more than 200 traces come in a
   * second, a share of them is kept beyond the newest 2048 spans. A limit that `events`, `log` or
   * `trace` is given itself counts in place of its share; where that is more, the others share what is left.
   *
   * @default 32, and more by what a part is given above its share
   */
  readonly maxMb?: number | undefined;
}

/** How long a server may take to say its port. A bare `Deno.serve` or `Bun.serve` never does. */
const WAIT_MS = 500;

/** The access with the token, and the line that is printed. */
export class ConsoleToken {
  /** Options of access, with the token. */
  readonly access: AccessOptions | undefined;
  /** The token to print. */
  #token: string | undefined;

  /** @throws {TypeError} for an unknown option, and for a token that is given twice */
  constructor(options: ConsoleOptions | false | undefined, access: AccessOptions | undefined) {
    const what = "set up console";
    if (options !== false) refuseUnknown(what, options, { token: true, maxMb: true });
    const token = options ? options.token : undefined;
    if (token !== undefined && access?.token !== undefined) {
      throw new TypeError("Cannot set up console: token must not be set in access too");
    }
    if (token === "print") this.#token = crypto.randomUUID().replaceAll("-", "");
    this.access = token === undefined ? access : { ...access, token: this.#token ?? token };
  }

  /** Prints the address within half a second, without a port if no server has said it by then. */
  printSoon(clock: Clock, path: string | undefined): void {
    if (this.#token !== undefined) clock.after(WAIT_MS, () => this.print(path, undefined));
  }

  /** Prints the address, the first time. */
  print(path: string | undefined, port: number | undefined): void {
    const token = this.#token;
    this.#token = undefined;
    if (token === undefined || path === undefined) return;
    const where = port === undefined ? "" : `http://localhost:${port}`;
    console.warn(`telltale: console on ${where}${path}#token=${token}`);
  }
}
