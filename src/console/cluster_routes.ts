/**
 * Answers the console's requests for all members of a cluster.
 *
 * @module
 */
import { shown } from "../core/check.ts";
import { foundMarkdown } from "./api/findings.ts";
import type { OverviewReply, TraceIdsReply } from "./api/shapes.ts";
import type { Finding } from "./findings/finding.ts";
import type { Found } from "./findings/findings.ts";
import type { Ask, Members, Told } from "./members/members.ts";
import { whereFound } from "./members/findings.ts";
import { pointsOfAll } from "./members/points.ts";
import { MAX_ISOLATES, type Whole } from "./members/whole.ts";
import { type ConsolePath, isOfPage, PATHS } from "./paths.ts";
import type { Routes } from "./routes.ts";
import { cutPoints } from "./state/metrics.ts";
import type { PointsReply } from "./state/metric_shapes.ts";
import type { ComponentReply, OfCluster, SlosReply } from "./state/shapes.ts";
import { BadRequest } from "./wire/parameters.ts";
import {
  bytesOf,
  json,
  markdown,
  MAX_ANSWER_BYTES,
  refused,
  reply,
  wantsMarkdown,
} from "./wire/reply.ts";

/** What is made of the rows and lines of all, or of all metrics; the rest is of one isolate. */
const OF_ALL: ReadonlySet<ConsolePath> = /* @__PURE__ */ new Set<ConsolePath>([
  "api",
  "api/ask",
  "api/database",
  "api/findings",
  "api/flags",
  "api/logs",
  "api/metrics",
  "api/rows",
  "api/session",
  "api/stream",
  "api/traces",
  "mcp",
]);
/** Answers that say who is meant. */
const NAMED: ReadonlySet<ConsolePath> = /* @__PURE__ */ new Set<ConsolePath>([
  "api/ask",
  "api/database",
  "api/findings",
  "api/flags",
  "api/logs",
  "api/metrics",
  "api/overview",
  "api/profiles",
  "api/runtime",
  "api/self",
  "api/slos",
  "api/traces",
]);
/** Components that are told. */
const MAX_COMPONENTS = 24;

/** What answers. */
export interface ClusterRoutesOptions {
  /** Of this isolate alone. */
  readonly own: Routes;
  /** Of the rows, lines and metrics of all. */
  readonly all: Routes;
  readonly members: Members;
  readonly whole: Whole;
  /** The path of the console, with `/` at its end. */
  readonly base: string;
}

/** An isolate, as an answer names it. */
interface Isolate {
  readonly isolate: string;
  readonly version: string;
}

/** The routes of one console of several. `isolate=` asks for the answer of one of them. */
export class ClusterRoutes {
  readonly #options: ClusterRoutesOptions;

  constructor(options: ClusterRoutesOptions) {
    this.#options = options;
  }

  /** The answer, for all members where there is such a thing. */
  async answer(path: ConsolePath, request: Request): Promise<Response> {
    try {
      return await this.#answer(path, request);
    } catch (error) {
      if (error instanceof BadRequest) return refused(error, request);
      throw error;
    }
  }

  async #answer(path: ConsolePath, request: Request): Promise<Response> {
    const { own, all, whole } = this.#options;
    if (isOfPage(path)) return own.answer(path, request);
    const url = new URL(request.url), isolate = url.searchParams.get("isolate");
    if (isolate !== null) return await this.#ofOne(isolate, url, request);
    await whole.pull();
    const kept = path === "api/flags" && request.method === "POST"
      ? await request.clone().text()
      : undefined;
    if (path === "api/findings" && wantsMarkdown(request)) {
      const found = await (await this.#answer(path, new Request(url))).json();
      return markdown(foundMarkdown(found) + isolatesText(found));
    }
    if (path === "api/metrics" && url.searchParams.has("name")) {
      return await this.#points(url, request);
    }
    if (path === "api/traces" && url.searchParams.has("profile")) {
      // A profile is of one isolate.
      const response = await own.answer(path, request);
      return response.ok ? response : await this.#ofAny(url, request) ?? response;
    }
    if (path === "api/traces") await this.#askHeld();
    if (path === "api/session") return await this.#session(request);
    const response = await (OF_ALL.has(path) ? all : own).answer(path, request);
    if (path === "api/traces/" && response.status === 404) {
      return await this.#ofAny(url, request) ?? response;
    }
    if (!response.ok) return response;
    if (kept !== undefined) await this.#changeAll(kept);
    const type = response.headers.get("content-type");
    if (type === "application/json") {
      return NAMED.has(path) ? await this.#named(path, response) : response;
    }
    if (type?.startsWith("text/markdown") && whole.missing.length > 0) {
      return markdown(withNote(await response.text(), isolatesText(whole.standing)));
    }
    return response;
  }

  /** The answer of one isolate. */
  async #ofOne(isolate: string, url: URL, request: Request): Promise<Response> {
    const { members, own, base } = this.#options;
    url.searchParams.delete("isolate");
    const isOwn = isolate === members.isolate;
    if (!isOwn && !members.others.includes(isolate)) {
      const known = [members.isolate, ...members.others].slice(0, MAX_ISOLATES).join(", ");
      throw new BadRequest(`isolate must be one of ${known}, got ${shown(isolate)}`);
    }
    const body = request.method === "POST" ? await request.text() : undefined;
    const ask = this.#askOf(url, request, body);
    if (isOwn) return await answerMember(own, base, ask);
    const told = await members.askOne(isolate, ask);
    return told === undefined
      ? json({ error: `Isolate ${isolate} did not answer in 500 ms`, missing: [isolate] }, 504)
      : responseOf(told);
  }

  /** The points of a metric in all. */
  async #points(url: URL, request: Request): Promise<Response> {
    const { all, members } = this.#options;
    url.searchParams.set("format", "cells");
    const response = await all.answer("api/metrics", new Request(url));
    if (!response.ok) return response;
    const { told } = await members.askAll(this.#askOf(url, request));
    const others = told.filter(({ status }) => status === 200)
      .map(({ text }): PointsReply => JSON.parse(text));
    const points = pointsOfAll(await response.json(), others);
    return await this.#named("api/metrics", json(cutPoints(points)));
  }

  /** Asks the others of which traces they hold spans. */
  async #askHeld(): Promise<void> {
    const { members, whole } = this.#options;
    const { told } = await members.askAll({ path: "api/traces", search: "?format=ids" });
    whole.held.traces = new Set(
      told.filter(({ status }) => status === 200)
        .flatMap(({ text }) => (JSON.parse(text) as TraceIdsReply).traces),
    );
  }

  /** Everything that is kept, with the spans of the others as they told them. */
  async #session(request: Request): Promise<Response> {
    const { all, members, whole: { held } } = this.#options;
    const { told } = await members.askAll({ path: "api/session", search: "?format=spans" });
    held.spans = told.filter(({ status }) => status === 200)
      .flatMap(({ text }) => text.split("\n").filter((line) => line !== ""));
    const answer = all.answer("api/session", request);
    // The answer has them; megabytes, which nobody else asks for.
    held.spans = [];
    return await answer;
  }

  /** The answer of the isolate that has it. */
  async #ofAny(url: URL, request: Request): Promise<Response | undefined> {
    const { told } = await this.#options.members.askAll(this.#askOf(url, request));
    const found = told.find(({ status }) => status === 200);
    return found && responseOf(found);
  }

  #askOf(url: URL, { headers }: Request, body?: string): Ask {
    const path = url.pathname.slice(this.#options.base.length);
    return { path, search: url.search, accept: headers.get("accept") ?? undefined, body };
  }

  /** A flag that was changed here is changed everywhere. */
  async #changeAll(body: string): Promise<void> {
    const { missing } = await this.#options.members.askAll({ path: "api/flags", body });
    this.#options.whole.missing = missing;
  }

  async #named(path: ConsolePath, response: Response): Promise<Response> {
    const { members: { isolate }, whole } = this.#options;
    let body = await response.json();
    let { isolates } = whole.standing;
    if (path === "api/overview") isolates = await this.#states(body);
    else if (path === "api/findings") body = await this.#found(body);
    else if (path === "api/slos" && body.health !== undefined) body = await this.#health(body);
    isolates = isolates.slice(0, MAX_ISOLATES);
    return json({ ...body, isolate, isolates, missing: whole.missing });
  }

  async #states(own: OverviewReply): Promise<Isolate[]> {
    const { members } = this.#options;
    const stateOf = ({ startMs, heapBytes, cpu }: OverviewReply) => ({ startMs, heapBytes, cpu });
    const { told } = await members.askAll({ path: "api/overview" });
    return [
      { isolate: members.isolate, version: members.version, ...stateOf(own) },
      ...told.map(({ isolate, version, text }) => ({
        isolate,
        version,
        ...stateOf(JSON.parse(text)),
      })),
    ];
  }

  /** With what others have found about themselves. */
  async #found(own: Found): Promise<Found> {
    const { members } = this.#options;
    const { told } = await members.askAll({ path: "api/findings" });
    const others = told.filter(({ status }) => status === 200).map(({ isolate, text }) => ({
      isolate,
      findings: JSON.parse(text).findings as readonly Finding[],
    }));
    return whereFound(own, members.isolate, others);
  }

  /** With the components of others, each with its isolate. */
  async #health(own: SlosReply): Promise<SlosReply> {
    const { members } = this.#options, health = own.health!;
    const { told } = await members.askAll({ path: "api/slos" });
    const of = (isolate: string, components: readonly ComponentReply[]) =>
      components.map((component) => ({ ...component, isolate }));
    const all = [
      ...of(members.isolate, health.components),
      ...told.filter(({ status }) => status === 200).flatMap(({ isolate, text }) =>
        of(isolate, (JSON.parse(text) as SlosReply).health?.components ?? [])
      ),
    ].sort((a, b) => Number(a.status === "UP") - Number(b.status === "UP"));
    const components = all.slice(0, MAX_COMPONENTS);
    const more = health.more + all.length - components.length;
    return { ...own, health: { ...health, components, more } };
  }
}

/** The answer of one console alone to another one of the cluster. */
export function answerMember(
  own: Routes,
  base: string,
  { path, search = "", accept, body }: Ask,
): Promise<Response> {
  const known = PATHS.findLast((one) => path.startsWith(one));
  // A page and a stream have no business here.
  if (known === undefined || isOfPage(known) || known === "api/stream" || known === "mcp") {
    return Promise.resolve(json({ error: "There is no such route" }, 404));
  }
  const headers: Record<string, string> = { accept: accept ?? "*/*" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const method = body === undefined ? "GET" : "POST";
  const url = new URL(base + path + search, "http://localhost");
  return own.answer(known, new Request(url, { method, headers, body: body ?? null }));
}

/** Who was asked, for people. */
function isolatesText({ isolates, missing }: OfCluster): string {
  const names = (all: readonly string[]) => all.slice(0, MAX_ISOLATES).join(", ");
  const none = missing.length === 0 ? "" : `; no answer in 500 ms from ${names(missing)}`;
  return `\nIsolates: ${names(isolates.map(({ isolate }) => isolate))}${none}.\n`;
}

/** A text with a note at its end, of as many bytes as an answer has. */
function withNote(text: string, note: string): string {
  const lines = text.split("\n");
  let over = bytesOf(text) + bytesOf(note) - MAX_ANSWER_BYTES;
  while (over > 0) over -= bytesOf(lines.pop()!) + 1;
  return lines.join("\n") + note;
}

function responseOf({ status, type, text }: Told): Response {
  return reply(text, type, { status, headers: { vary: "accept" } });
}
