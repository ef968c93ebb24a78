import { createServer } from "node:http";
import type { Registry } from "../../src/metrics/registry.ts";

/** Registries that are scraped, each at a path of its own. */
export interface Target {
  readonly host: string;
  close(): void;
}

/** Serves them on a free port. */
export async function serveRegistries(
  registries: Readonly<Record<string, Registry>>,
): Promise<Target> {
  const server = createServer(async (incoming, outgoing) => {
    const { accept = "", "accept-encoding": encoding = "identity" } = incoming.headers;
    const request = new Request(`http://localhost${incoming.url}`, {
      headers: { accept, "accept-encoding": String(encoding) },
    });
    const response = await registries[incoming.url!]!.scrape(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port))
  );
  return { host: `127.0.0.1:${port}`, close: () => void server.close() };
}
