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
