/**
 * The levels that are recorded, by category.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { environment } from "../../core/platform.ts";
import { INFO, type LevelTable, type Threshold } from "../record/level.ts";

/** What a log call is compared with; loggers of a category share one, so that a change reaches all. */
export interface Gate {
  /** Severity below which a call ends at once: its one comparison. */
  open: number;
  /** Severity from which it is recorded; calls between the two are for the flight recorder. */
  recorded: number;
}

/** Which levels are recorded. */
export interface ThresholdOptions {
  /** The lowest level that is recorded. @default the environment's `LOG_LEVEL`, else `info` */
  readonly level?: Threshold | undefined;
  /** Levels of categories: `{ db: "debug", "db.pool": "warn" }`; as `LOG_LEVEL=info,db=debug` says. */
  readonly levels?: Readonly<Record<string, Threshold>> | undefined;
}

/** How many categories have a gate of their own; further ones share that of the root. */
const MAX_CATEGORIES = 1000;
/** Between two levels of a category's name, as in `db.pool`. */
const SEPARATOR = ".";

/** The level of the root and of the categories that have one; a category without has its parent's. */
export class Thresholds {
  readonly #table: LevelTable;
  readonly #rules = new Map<string, number>();
  readonly #gates = new Map<string, Gate>();
  readonly #flight: number;

  /**
   * Takes the rules of `LOG_LEVEL`, and then those of the options.
   *
   * @param flight the severity from which the flight recorder keeps lines; `Infinity` without one
   * @param faults counts what of `LOG_LEVEL` is no level
   * @throws {RangeError} when a level of the options is unknown
   */
  constructor(
    table: LevelTable,
    flight: number,
    options: ThresholdOptions,
    faults: Faults,
  ) {
    this.#table = table;
    this.#flight = flight;
    this.#rules.set("", INFO);
    const { rules, wrong } = this.#parse(environment("LOG_LEVEL") ?? "");
    for (const level of wrong) {
      const error = new RangeError(`Cannot log at level ${JSON.stringify(level)}: it is left out`);
      faults.record("LOG_LEVEL", error);
    }
    this.#add(rules);
    const levels = Object.entries(options.levels ?? {});
    if (options.level !== undefined) levels.unshift(["", options.level]);
    this.#add(levels.map(([category, level]) => [category, table.threshold(level)]));
  }

  /** The gate of a category; "" is the root. */
  gate(category: string): Gate {
    let gate = this.#gates.get(category);
    if (gate !== undefined) return gate;
    if (this.#gates.size >= MAX_CATEGORIES) return this.gate("");
    gate = { open: 0, recorded: 0 };
    this.#gates.set(category, gate);
    this.#apply(category, gate);
    return gate;
  }

  /** Sets the severity from which a category is recorded, and those in it that have no rule. */
  set(category: string, severity: number): void {
    this.#rules.set(category, severity);
    this.#applyAll();
  }

  /** All rules as `LOG_LEVEL` has them: `info,db=debug`. */
  get text(): string {
    return [...this.#rules].map(([category, severity]) => {
      const name = this.#table.nameOf(severity);
      return category === "" ? name : `${category}=${name}`;
    }).join(",");
  }

  /** Replaces all rules. Throws a `RangeError`, and changes nothing, when a level is unknown. */
  replace(text: string): void {
    const { rules, wrong } = this.#parse(text);
    if (wrong.length > 0) this.#table.threshold(wrong[0]!);
    this.#rules.clear();
    this.#rules.set("", INFO);
    this.#add(rules);
    this.#applyAll();
  }

  #add(rules: Iterable<readonly [category: string, severity: number]>): void {
    for (const [category, severity] of rules) this.#rules.set(category, severity);
  }

  #parse(text: string): { rules: [string, number][]; wrong: string[] } {
    const rules: [string, number][] = [], wrong: string[] = [];
    for (const part of text.split(",")) {
      if (part.trim() === "") continue;
      const at = part.lastIndexOf("=");
      const severity = this.#table.parse(part.slice(at + 1));
      if (severity === undefined) wrong.push(part.slice(at + 1).trim());
      else rules.push([at < 0 ? "" : part.slice(0, at).trim(), severity]);
    }
    return { rules, wrong };
  }

  #applyAll(): void {
    for (const [category, gate] of this.#gates) this.#apply(category, gate);
  }

  #apply(category: string, gate: Gate): void {
    gate.recorded = this.#resolve(category);
    // A category that is off is off for the flight recorder too.
    gate.open = gate.recorded === Infinity ? Infinity : Math.min(gate.recorded, this.#flight);
  }

  #resolve(category: string): number {
    for (let name = category;;) {
      const severity = this.#rules.get(name);
      if (severity !== undefined) return severity;
      name = name.slice(0, Math.max(0, name.lastIndexOf(SEPARATOR)));
    }
  }
}
