/**
 * Finds SLOs for routes that the service does not have.
 *
 * @module
 */
import { nearest } from "../../core/check.ts";
import type { SloDefinition } from "./definition.ts";

/** An SLO whose route no request has had. */
export interface UnseenRoute {
  readonly slo: string;
  readonly route: string;
  /** The template that was probably meant, among those that requests have had. */
  readonly meant: string | undefined;
}

/** Readings, one each ten seconds, before a route counts as misspelt: where another looks like it, and else. */
const LIKE_TICKS = 6, UNLIKE_TICKS = 360;

/** Compares the routes of SLOs with those that the service has: as it tells them, or as requests come. */
export class RouteWatch {
  /** Undefined until the service tells its templates. */
  #served: Set<string> | undefined;
  readonly #told = new Set<string>();

  /**
   * Notes templates of the service, and checks the routes of SLOs.
   *
   * @throws {TypeError} for an SLO with a route that is none of them
   */
  serves(templates: readonly string[], definitions: Iterable<SloDefinition>): void {
    this.#served ??= new Set();
    for (const template of templates) this.#served.add(template);
    for (const definition of definitions) this.check(definition);
  }

  /** Throws a `TypeError` for an SLO with a route that the service does not have, as far as it told them. */
  check({ name, routes }: SloDefinition): void {
    const served = this.#served;
    if (served === undefined) return;
    const unknown = routes?.find((route) => !served.has(route) && route !== "unmatched");
    if (unknown === undefined) return;
    const meant = nearest(unknown, [...served]);
    const hint = meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
    throw new TypeError(
      `Cannot count for SLO ${JSON.stringify(name)}: route must be one that the service has, got ${
        JSON.stringify(unknown)
      }${hint}`,
    );
  }

  /**
   * Routes of SLOs that no request has had for long, each once.
   *
   * @param ticks readings since the first definition
   * @param seen the routes that requests have had
   */
  unseen(
    ticks: number,
    seen: ReadonlyMap<string, unknown>,
    definitions: Iterable<SloDefinition>,
  ): UnseenRoute[] {
    if (seen.size === 0 || ticks % LIKE_TICKS !== 0) return [];
    const found: UnseenRoute[] = [];
    for (const { name, routes = [] } of definitions) {
      for (const route of routes) {
        const key = JSON.stringify([name, route]);
        if (seen.has(route) || route === "unmatched" || this.#told.has(key)) continue;
        const meant = nearest(route, [...seen.keys()]);
        if (meant === undefined && ticks < UNLIKE_TICKS) continue;
        this.#told.add(key);
        found.push({ slo: name, route, meant });
      }
    }
    return found;
  }
}
