import { execFileSync } from "node:child_process";
import process from "node:process";
import type { Program } from "./service.ts";

/** The oldest that runs TypeScript as it stands. */
const OLDEST = [22, 18] as const;
const COMMAND = ["-p", "process.execPath + ' ' + process.versions.node"] as const;

/** Node, or why there is none. In CI the registry's is taken where the machine's is too old. */
export function findNode(): Program | string {
  const asked: (readonly [command: string, args: readonly string[]])[] = [
    [process.env.TELLTALE_NODE ?? "node", COMMAND],
  ];
  if (process.env.CI === "true") asked.push(["npx", ["-y", "node@24", ...COMMAND]]);
  for (const [command, args] of asked) {
    try {
      const output = execFileSync(command, [...args], { encoding: "utf8", stdio: "pipe" });
      const [path, version] = output.trim().split(" ") as [string, string];
      const [major, minor] = version.split(".").map(Number) as [number, number];
      if (major > OLDEST[0] || major === OLDEST[0] && minor >= OLDEST[1]) {
        return { command: path, args: ["--no-warnings"] };
      }
    } catch {
      // Not there: the next one.
    }
  }
  return `Node ${OLDEST.join(".")} or later not installed`;
}
