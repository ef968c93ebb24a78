import type { Telltale } from "../../mod.ts";

/** How many queries were timed, by their summary or operation and the error that they ended with. */
export async function counts(t: Pick<Telltale, "metrics">): Promise<Record<string, number>> {
  const families = await t.metrics.collect();
  const family = families.find(({ name }) => name === "db_client_operation_duration_seconds");
  if (family?.type !== "histogram") return {};
  return Object.fromEntries(
    family.samples.flatMap(({ labels: { names, values }, count }) => {
      const label = (name: string) => values[names.indexOf(name)]!;
      const name = [label("operation"), label("summary"), label("error_type")].filter(Boolean);
      return count === 0 ? [] : [[name.join(" "), count]];
    }),
  );
}

/** The spans that ended, each by its name and what it ended with. */
export function spans(t: Pick<Telltale, "tracer">): string[] {
  return [...t.tracer.finished].filter(({ kind }) => kind === "client").map((
    { name, status, attributes },
  ) => status === "error" ? `${name} ${attributes["error.type"]}` : name);
}

/** The value of a series without a histogram's buckets, by a part of its line. */
export async function valueOf(t: Pick<Telltale, "metrics">, part: string): Promise<number> {
  const page = await (await t.metrics.scrape()).text();
  return Number(page.split("\n").find((line) => line.startsWith(part))?.split(" ").at(-1));
}

/** Resolves at the next turn of the event loop in which this holds. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The operations that a log of PostgreSQL shows, in upper case. */
export function statementsIn(log: string): string[] {
  return [...log.matchAll(/LOG: {2}(?:statement|execute [^:]*): (\w+)/g)].map(([, verb]) =>
    verb!.toUpperCase()
  );
}
