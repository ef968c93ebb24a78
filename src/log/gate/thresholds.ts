/**
 * Which level is recorded in which category.
 *
 * @module
 */
import { INFO, type LevelTable, type Threshold } from "../record/level.ts";

/** What a log call is held against; one for all loggers of a category, so that a change reaches each. */
export interface Gate {
  /** Severity below which a call ends at once: its one comparison. */
  open: number;
  /** Severity from which it is recorded; what lies between is for the flight recorder. */
  recorded: number;
}

/** Categories with a gate of their own; what comes after them shares that of the root. */
const MAX_CATEGORIES = 1000;
/** Between two levels of a category's name, as in `db.pool`. */
const SEPARATOR = ".";

/** The level of the root and of the categories that have one; a category without has its parent's. */
export class Thresholds {
  readonly #table: LevelTable;
  readonly #rules = new Map<string, number>();
  readonly #gates = new Map<string, Gate>();
  readonly #flight: number;

  /** @param flight the severity from which the flight recorder keeps lines; `Infinity` without one */
  constructor(table: LevelTable, flight: number) {
    this.#table = table;
    this.#flight = flight;
    this.#rules.set("", INFO);
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

  /** Sets the severity from which a category is recorded, and those in it that have no own. */
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

  /** Puts other rules in place of all. Throws a `RangeError`, and changes nothing, for one that is none. */
  replace(text: string): void {
    const { rules, wrong } = this.#parse(text);
    if (wrong.length > 0) this.#table.threshold(wrong[0]!);
    this.#rules.clear();
    this.#rules.set("", INFO);
    for (const [category, severity] of rules) this.#rules.set(category, severity);
    this.#applyAll();
  }

  /** Takes what the environment says; returns what of it is no level. */
  adopt(text: string): string[] {
    const { rules, wrong } = this.#parse(text);
    for (const [category, severity] of rules) this.#rules.set(category, severity);
    return wrong;
  }

  /** Takes what the options say. Throws a `RangeError` for what is no level. */
  adoptAll(levels: Readonly<Record<string, Threshold>>): void {
    for (const [category, level] of Object.entries(levels)) {
      this.#rules.set(category, this.#table.threshold(level));
    }
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
