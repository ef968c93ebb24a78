/**
 * Reads the query of a request; what can't be used is refused by name.
 *
 * @module
 */
import { shown } from "../../core/check.ts";

/** A request that can't be answered. The message names the parameter. */
export class BadRequest extends Error {
  /** Always `BadRequest`. */
  override readonly name: string = "BadRequest";
}

/** The longest question: it is repeated in its answer. */
const MAX_QUESTION = 1000;

/** The parameters of one request. */
export class Parameters {
  readonly #given: URLSearchParams;

  /**
   * @param known the names that the route takes
   * @throws {BadRequest} for another one, which would have no effect
   */
  constructor({ url }: Request, known: readonly string[]) {
    const start = url.indexOf("?");
    this.#given = new URLSearchParams(start === -1 ? "" : url.slice(start + 1));
    for (const name of this.#given.keys()) {
      if (known.includes(name)) continue;
      const takes = known.length === 0 ? "none" : known.join(", ");
      throw new BadRequest(`Unknown parameter ${shown(name)}: this route takes ${takes}`);
    }
  }

  /** A text; undefined when it is absent. */
  text(name: string): string | undefined {
    return this.#given.get(name) ?? undefined;
  }

  /** A question; undefined when it is absent. */
  question(name = "q"): string | undefined {
    const text = this.text(name);
    if (text === undefined || text.length <= MAX_QUESTION) return text;
    throw new BadRequest(
      `${name} must have at most ${MAX_QUESTION} characters, got ${text.length}`,
    );
  }

  /** A whole number from `least` to `most`; undefined when it is absent. */
  whole(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new BadRequest(
      `${name} must be a whole number from ${least} to ${most}, got ${shown(text)}`,
    );
  }

  /** A length of time, such as `90s`, `15m` or `1h`, in milliseconds; undefined when it is absent. */
  duration(name: string, leastMs: number, mostMs: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, count, unit] = /^(\d{1,9})(s|m|h)$/.exec(text) ?? [];
    const value = Number(count) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as "s" | "m" | "h"];
    if (value >= leastMs && value <= mostMs) return value;
    const rule = `from ${leastMs / 1000}s to ${mostMs / 60_000}m, such as 15m`;
    throw new BadRequest(`${name} must be a length of time ${rule}, got ${shown(text)}`);
  }
}
