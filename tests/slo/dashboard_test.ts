import { deepEqual, equal } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { telltale } from "../../mod.ts";
import { dashboard } from "../../src/slo/mod.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

/** Text has the values of enums, not their members; targets are a query's of any data source. */
const TYPES = `
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
type Written<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Written<T[K]> } : T;
type Query = Omit<Written<Dataquery>, "_implementsDataqueryVariant">;
type Shown = Omit<Written<Panel>, "targets"> & { targets?: Query[] };
type Whole = Omit<Written<Dashboard>, "panels"> & { panels?: (Shown | Written<RowPanel>)[] };
`;

test("dashboard() is what Grafana's own schema has", {
  skip: skipWhen(!("Deno" in globalThis), "compiled once, on Deno"),
  timeout: HANG_MS,
}, () => {
  const t = telltale({ service: 'a "shop"', log: { sinks: [] }, otlp: false });
  t.slo("checkout", { objective: 0.999, custom: true });
  const text = dashboard(t);
  equal(JSON.parse(text).schemaVersion, 42);
  const complaints = (json: string): string[] => {
    // Beside the dependencies, where the compiler finds them.
    const file = fileURLToPath(new URL("./dashboard_schema.ts", import.meta.url));
    writeFileSync(file, `${TYPES}export const dashboard: Whole = ${json};\n`);
    try {
      const program = ts.createProgram([file], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
      });
      return ts.getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    } finally {
      rmSync(file);
    }
  };
  deepEqual(complaints(text), []);
  equal(complaints(text.replace('"schemaVersion"', '"schemaVersions"')).length > 0, true);
  equal(complaints(text.replace('"legendFormat"', '"legend"')).length > 0, true);
});
