import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/wait.ts";

/** A real nginx in front of an application, with the directives of `location /`. */
export async function startNginx(
  location: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "telltale-nginx-"));
  const port = await freePort();
  const path = join(folder, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  await writeFile(
    path,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http {
access_log off;
${paths}
server { listen 127.0.0.1:${port}; location / { ${location} } }
}
`,
  );
  const child = spawn("nginx", ["-c", path, "-p", folder, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "", failure: Error | undefined;
  child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
  child.once("error", (error) => failure = error);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until("nginx to answer", async () => {
    if (failure !== undefined || child.exitCode !== null) return true;
    await (await fetch(url)).body?.cancel();
    return true;
  });
  if (failure !== undefined) throw failure;
  if (child.exitCode !== null) throw new Error(`Cannot start nginx: ${log}`);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
