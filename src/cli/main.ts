/**
 * The command line: writes the rules and the dashboard of a service, lists its metrics.
 *
 * ```sh
 * deno run -A jsr:@telltale/telltale/cli rules ./service.ts > rules.yml
 * ```
 *
 * The module is imported, and exports what `telltale()` returned. The process ends once the text is
 * written, so that a module which serves is no hindrance.
 *
 * @module
 */
import { fileSystem, nodeProcess } from "../core/platform.ts";
import { type Arguments, parseArguments, USAGE } from "./arguments.ts";

/** What the command line does outside itself. */
export interface CliHost {
  /** Writes to standard output, or to a file. */
  readonly write: (text: string, path?: string) => void;
  /** Writes to standard error. */
  readonly warn: (text: string) => void;
  /** Imports a module by its path from the working directory, or by URL. */
  readonly load: (module: string) => Promise<Readonly<Record<string, unknown>>>;
}

const UNMATCHED =
  "Note: without --match job=NAME these rules count the events of every service that has an SLO of the " +
  "same name.\n";

/**
 * Runs a command, and returns the exit code: 0, 1 for a service or metrics with a problem, 2 for wrong
 * arguments.
 *
 * @param args the arguments after the program's name, such as `["rules", "./service.ts"]`
 */
export async function cli(args: readonly string[], host: CliHost): Promise<number> {
  let command: Arguments | undefined;
  try {
    command = parseArguments(args);
  } catch (error) {
    host.warn(`${messageOf(error)}\n\n${USAGE}\n`);
    return 2;
  }
  if (command === undefined) {
    host.write(`${USAGE}\n`);
    return 0;
  }
  try {
    const { telltaleOf, run } = await import("./commands.ts");
    const { text, problems } = await run(command, telltaleOf(await host.load(command.module)));
    host.write(text, command.out);
    for (const problem of problems) host.warn(`${problem}\n`);
    if (command.command === "rules" && Object.keys(command.matchers).length === 0) {
      host.warn(UNMATCHED);
    }
    return problems.length > 0 ? 1 : 0;
  } catch (error) {
    host.warn(`${messageOf(error)}\n`);
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The host of a process: writes wait until they are done, because the process ends after them. */
function processHost(): CliHost {
  const process = nodeProcess(), fs = fileSystem();
  return {
    write: (text, path) => fs.writeFileSync(path ?? 1, text),
    warn: (text) => fs.writeFileSync(2, text),
    load: (module) => {
      const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(module);
      const { pathToFileURL } = process.getBuiltinModule("node:url");
      return import(isUrl ? module : pathToFileURL(module).href);
    },
  };
}

if ((import.meta as { main?: boolean }).main === true) {
  const process = nodeProcess();
  process.exit(await cli(process.argv.slice(2), processHost()));
}
