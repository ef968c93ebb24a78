/** Routes of alerts, as Alertmanager's own tool reads them. */
import { equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { alertmanagerRoute } from "../../src/slo/mod.ts";
import { lacking } from "../tool.ts";

test("alertmanagerRoute() is a configuration that amtool reads, and routes by severity", {
  skip: lacking("amtool"),
}, () => {
  const t = telltale({ service: 'a "shop"', log: { sinks: [] }, otlp: false });
  const folder = mkdtempSync(join(tmpdir(), "telltale-amtool-"));
  try {
    const file = join(folder, "alertmanager.yml");
    writeFileSync(file, alertmanagerRoute(t, { pager: "on call", pagerUrl: "http://a.example/" }));
    const amtool = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync("amtool", args, { encoding: "utf8" });
      equal(status, 0, stderr);
      return stdout.trim();
    };
    match(amtool("check-config", file), /SUCCESS[\s\S]*1 inhibit rules\n - 2 receivers/);
    const receiver = (service: string, severity: string) =>
      amtool(
        "config",
        "routes",
        "test",
        `--config.file=${file}`,
        "alertname=SloErrorBudgetBurn",
        `service=${JSON.stringify(service)}`,
        `severity=${severity}`,
      );
    equal(receiver('a "shop"', "page"), "on call");
    equal(receiver('a "shop"', "ticket"), "tickets");
    equal(receiver("other", "page"), "tickets");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
