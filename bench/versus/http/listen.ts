/**
 * Starts a handler on the current runtime, on a port that the system chooses, and prints it.
 *
 * @module
 */
interface Runtimes {
  Deno?: {
    serve(
      options: { port: number; hostname: string; onListen(at: { port: number }): void },
      handler: (request: Request, info: never) => Response | Promise<Response>,
    ): unknown;
  };
  Bun?: { serve(options: object): { port: number } };
}

const { Deno: deno, Bun: bun } = globalThis as unknown as Runtimes;

export function listen(
  handler: (request: Request, info: never) => Response | Promise<Response>,
): void {
  const hostname = "127.0.0.1";
  const tell = (port: number) => console.error(`READY ${port}`);
  if (bun !== undefined) tell(bun.serve({ port: 0, hostname, fetch: handler }).port);
  else deno!.serve({ port: 0, hostname, onListen: ({ port }) => tell(port) }, handler);
}

/** The application's own work, the same everywhere. */
export async function hello(_request: Request): Promise<Response> {
  await Promise.resolve();
  return new Response("Hello, World!");
}
