import { Agent, request } from "node:http";

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends a request whose headers are all the test's own, `Host` too, over a connection that stays open:
 * one that closes is taken for a proxy's.
 */
export function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answer> {
  const agent = new Agent({ keepAlive: true });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const all = { host: `localhost:${port}`, connection: "keep-alive", ...headers };
  const sent = request({ host: "127.0.0.1", port, path, method, headers: all, agent }, (answer) => {
    let body = "";
    answer.setEncoding("utf8");
    answer.on("data", (chunk: string) => body += chunk);
    answer.on("error", reject);
    answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
  });
  sent.on("error", reject);
  sent.end();
  return promise.finally(() => agent.destroy());
}
