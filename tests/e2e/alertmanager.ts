import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./wait.ts";

/** A real Alertmanager that tells a receiver here of every alert, within a second. */
export class Alertmanager {
  /** `host:port`, as Prometheus' configuration has it. */
  readonly address: string;
  /** What it told, as `firing checkout page`. */
  readonly told: readonly string[];
  /** Ends it. */
  readonly stop: () => Promise<void>;

  private constructor(address: string, told: readonly string[], stop: () => Promise<void>) {
    this.address = address;
    this.told = told;
    this.stop = stop;
  }

  /** @param route a configuration, whose receivers have no webhook yet */
  static async start(route: string): Promise<Alertmanager> {
    const told: string[] = [];
    const receiver = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      for (const { status, labels } of JSON.parse(text).alerts) {
        told.push(`${status} ${labels.slo} ${labels.severity}`);
      }
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const folder = mkdtempSync(join(tmpdir(), "telltale-alerts-"));
    const config = join(folder, "alertmanager.yml");
    writeFileSync(
      config,
      route.replaceAll(
        /^( *)- name: .*$/gm,
        `$&\n$1  webhook_configs: [{url: "${hook}", send_resolved: true}]`,
      )
        .replace("group_wait: 10s", "group_wait: 1s")
        .replace("group_interval: 1m", "group_interval: 1s"),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn("prometheus-alertmanager", [
      `--config.file=${config}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    return new Alertmanager(address, told, async () => {
      child.kill("SIGTERM");
      await ended;
      receiver.close();
      rmSync(folder, { recursive: true, force: true });
    });
  }
}
