/**
 * Answers the console's requests; loaded with the first of them.
 *
 * @module
 */
import { QuestionError } from "../events/question/question.ts";
import { answerAsk } from "./api/ask.ts";
import { answerFindings } from "./api/findings.ts";
import { answerFlags } from "./api/flags.ts";
import { answerGuide } from "./api/guide.ts";
import { Logs } from "./api/logs.ts";
import { Overview } from "./api/overview.ts";
import { BadRequest } from "./wire/parameters.ts";
import { json, refused } from "./wire/reply.ts";
import { answerRows } from "./api/rows.ts";
import { answerSession } from "./api/session.ts";
import { Streams, type StreamSource } from "./api/stream.ts";
import { answerTrace, answerTraces } from "./api/traces.ts";
import { Findings } from "./findings/findings.ts";
import { type ConsolePath, isOfPage, PATHS } from "./paths.ts";
import type { ConsoleParts } from "./api/parts.ts";
import { answerDatabase } from "./state/database.ts";
import { answerMetrics } from "./state/metrics.ts";
import type { OverviewReply } from "./api/shapes.ts";
import type { OfCluster } from "./state/shapes.ts";
import { answerSlos } from "./state/objectives.ts";
import { TakenProfiles } from "./state/profiles.ts";
import { answerRuntime } from "./state/runtime.ts";
import { answerSelf } from "./state/self.ts";

/** The routes of one console. Callers were admitted before. */
export class Routes {
  readonly #parts: ConsoleParts;
  readonly #base: string;
  /** Tells a reader whether its numbers are of this process. */
  readonly #run: string = crypto.randomUUID().slice(0, 8);
  readonly #profiles: TakenProfiles | undefined;
  readonly #findings: Findings;
  readonly #overview: Overview;
  readonly #state: () => OverviewReply;
  readonly #standing: (() => OfCluster) | undefined;
  readonly #streams: Streams;
  readonly #logs: Logs;
  readonly #entry: (path: ConsolePath, request: Request) => Promise<Response>;

  /**
   * @param given what is shown
   * @param base the path of the console, with `/` at its end
   * @param entry answers what a tool reads, where that is more than these routes do
   */
  constructor(
    given: ConsoleParts & Pick<StreamSource, "refresh"> & {
      /** In a cluster, who there is. */
      readonly standing?: () => OfCluster;
    },
    base: string,
    entry?: (path: ConsolePath, request: Request) => Promise<Response>,
  ) {
    this.#entry = entry ?? ((path, request) => this.answer(path, request));
    const { profiling, clock } = given;
    const profiles = this.#profiles = profiling && new TakenProfiles(profiling, clock);
    const parts = this.#parts = { ...given, profiles };
    this.#base = base;
    this.#findings = new Findings(parts);
    this.#overview = new Overview(parts);
    const { ring } = parts, standing = this.#standing = given.standing;
    this.#logs = new Logs({ ring, clock, base, run: this.#run });
    this.#state = () => ({ ...this.#overview.state(), ...standing?.() });
    this.#streams = new Streams({ ...parts, state: this.#state });
  }

  /** The answer; a question or parameter that is wrong gives a 400 that says where. */
  async answer(path: ConsolePath, request: Request): Promise<Response> {
    try {
      return await this.#answer(path, request);
    } catch (error) {
      if (error instanceof BadRequest || error instanceof QuestionError) {
        return refused(error, request);
      }
      throw error;
    }
  }

  #answer(path: ConsolePath, request: Request): Response | Promise<Response> {
    const { events } = this.#parts;
    if (isOfPage(path)) {
      return import("./document.ts").then(({ answerPage, answerPart }) =>
        path === "" ? answerPage(request) : answerPart(path.slice("part/".length), request)
      );
    }
    switch (path) {
      case "api":
        return answerGuide(this.#parts, this.#base, request);
      case "api/findings":
        return answerFindings(this.#findings, request);
      case "api/generate":
        return import("./api/generate.ts").then(({ answerGenerate }) =>
          answerGenerate(this.#parts, request)
        );
      case "api/flags":
        return answerFlags(this.#parts.flags(), events, request);
      case "api/logs":
        return this.#logs.answer(request);
      case "api/overview":
        return this.#overview.answer(request);
      case "api/database":
        return answerDatabase(this.#parts, request);
      case "api/metrics":
        return answerMetrics(this.#parts, request);
      case "api/profiles":
        return this.#profiles?.answer(request) ??
          json({ error: "Nothing takes profiles here" }, 404);
      case "api/runtime":
        return answerRuntime(this.#parts, this.#overview.startMs, request);
      case "api/self":
        return answerSelf(this.#parts, request);
      case "api/slos":
        return answerSlos(this.#parts, request);
      case "api/session":
        return answerSession(this.#parts, this.#state(), request);
      case "api/stream":
        return this.#streams.answer(request);
      case "api/traces/":
        return answerTrace(this.#parts, this.#base, request);
      case "mcp":
        return import("./mcp/protocol.ts").then(({ answerMcp }) => {
          const { faults } = this.#parts;
          return answerMcp({ ...this.#parts, get: this.#read }, faults, request);
        });
    }
    if (events === undefined) return json({ error: "No rows are kept: events is false" }, 404);
    switch (path) {
      case "api/ask":
        return answerAsk(events, this.#parts.clock, this.#base, request);
      case "api/rows":
        return answerRows(events, this.#run, request, this.#standing?.().missing);
      case "api/traces":
        return answerTraces(this.#parts, events, this.#base, request);
    }
  }

  /** The answer at a path as Markdown, for those who are in. */
  readonly #read = (path: string, query: Readonly<Record<string, unknown>>): Promise<Response> => {
    const url = new URL(this.#base + path, "http://localhost");
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const known = PATHS.findLast((one) => path.startsWith(one))!;
    return this.#entry(known, new Request(url, { headers: { accept: "text/markdown" } }));
  };
}
