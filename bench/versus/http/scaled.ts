/**
 * An application with many routes, and lines and child spans in each request; bare or observed:
 * `scaled.ts bare|ours ROUTES LINES SPANS [MAX_SERIES]`. Bare does the same work and records nothing.
 *
 * @module
 */
import process from "node:process";
import { setRoute, telltale } from "../../../mod.ts";
import { pathOf } from "../../../src/http/mod.ts";
import { hello, listen } from "./listen.ts";

/** What the application records besides what is observed of every request. */
interface Story {
  route(request: Request, template: string): void;
  line(message: string, fields: { item: number; total: number }): void;
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const SILENT: Story = { route: () => {}, line: () => {}, span: (_name, work) => work() };

const who = process.argv[2]!;
const [routes, lines, spans, maxSeries] = process.argv.slice(3).map(Number);

/** Templates by the first segment of the path, as a router would have them. */
const templates = new Map(Array.from({ length: routes! }, (_, i) => [`/r${i}`, `/r${i}/:name`]));

function application({ route, line, span }: Story): (request: Request) => Promise<Response> {
  const step = (): Promise<void> => Promise.resolve();
  return async (request) => {
    const path = pathOf(request.url);
    const template = templates.get(path.slice(0, path.indexOf("/", 1)));
    if (template === undefined) return new Response("Not Found", { status: 404 });
    route(request, template);
    for (let i = 0; i < lines!; i++) line("item reserved", { item: i, total: lines! });
    for (let i = 0; i < spans!; i++) await span("reserve item", step);
    return await hello(request);
  };
}

if (who === "bare") {
  listen(application(SILENT));
} else {
  const t = telltale({ service: "bench", metrics: { maxSeries } });
  const handler = application({
    route: setRoute,
    line: (message, fields) => t.log.info(message, fields),
    span: (name, work) => t.tracer.span(name, work),
  });
  listen(t.instrument((request: Request, _info: never) => handler(request)));
}
