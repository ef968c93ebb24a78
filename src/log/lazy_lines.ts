/**
 * The lines of a part of ours, such as those of each request, of which records are made when they are
 * read.
 *
 * @module
 */
import { mayHold } from "../core/redact/forms.ts";
import type { Pipeline } from "./pipeline.ts";
import type { LazyLine } from "./record/lazy_line.ts";
import type { Scope } from "./scope.ts";

/** Takes lines for one logger, by the rules for its records. */
export class LazyLines {
  readonly service: string;
  readonly category: string;
  readonly #pipeline: Pipeline;
  readonly #scope: Scope;

  constructor(pipeline: Pipeline, scope: Scope) {
    this.#pipeline = pipeline;
    this.#scope = scope;
    this.service = pipeline.service;
    this.category = scope.category;
  }

  /** Whether lines of this severity are recorded. Those below it are records: the flight recorder keeps these. */
  isOpen(severity: number): boolean {
    return severity >= this.#scope.gate.recorded;
  }

  /** Whether sampling and rate limit leave such a line in; asked once for each. */
  admits(severity: number, message: string): boolean {
    return this.#pipeline.admits(severity, message);
  }

  /** The name of a severity's level. */
  levelOf(severity: number): string {
    return this.#pipeline.levelOf(severity);
  }

  /** The time of a line that is made now. */
  now(): number {
    return this.#pipeline.now();
  }

  /** A text as it may be shown. */
  text(text: string): string {
    return mayHold(text) ? this.#pipeline.text(text) : text;
  }

  /** Keeps and delivers a line that was admitted. */
  add(line: LazyLine): void {
    this.#pipeline.outlet.acceptLine(line);
  }
}
