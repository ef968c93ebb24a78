/** Hooks that do not answer, on the server that is named; started by error_hook_test.ts. */
import process from "node:process";
import { telltale } from "../../mod.ts";
import { serveHere } from "./here.ts";

const name = process.argv[2]!;
const toss = (error: unknown) => {
  throw error;
};
const hooks: Record<string, (error: unknown) => unknown> = {
  "throws an error": () => toss(new Error("hook")),
  "throws a text": () => toss("text"),
  "throws what it is given": (error) => toss(error),
  "gives nothing": () => {},
};

const rows = [];
for (const [what, hook] of Object.entries(hooks)) {
  const t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  let asked = 0;
  const counted = (error: unknown) => (asked++, hook(error));
  const options = name === "bun" ? { error: counted } : { onError: counted };
  const server = await serveHere(t, options, () => toss(new Error("too much")) as Response, name);
  const answer = fetch(`http://127.0.0.1:${server.port}/`);
  // Our server for Node cuts the connection.
  const status = await answer.then((response) => response.status, () => 500);
  await server.stop();
  const ends = t.log.ring.since(0).filter(({ message }) => message !== "request started");
  const lines = ends.map(({ message, fields }) => {
    const { status, error } = fields as { status: number; error: { message: string } | string };
    return `${message} ${status} ${typeof error === "object" ? error.message : error}`;
  });
  rows.push([what, asked, status, lines]);
  await t.shutdown();
}
console.log(JSON.stringify(rows));
process.exit(0);
