import { lacking } from "../tool.ts";
import { built, isBuilt } from "./built.ts";
import { type Program, startProgram } from "./program.ts";

const BUILT = "peers/pushgateway", DEBIANS = "prometheus-pushgateway";
/** The one that is built, or else Debian's, which has another name. */
const PUSHGATEWAY = isBuilt(BUILT) ? built(BUILT) : DEBIANS;

/** Why the tests of a Pushgateway are to be skipped, or false. */
export const withoutPushgateway = (): string | false => !isBuilt(BUILT) && lacking(DEBIANS);

/** A real Pushgateway, empty. */
export class PushgatewayServer {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program) {
    this.url = program.url;
    this.#program = program;
  }

  static async start(program: string = PUSHGATEWAY): Promise<PushgatewayServer> {
    return new PushgatewayServer(
      await startProgram({
        program,
        // Debian's keeps what it has in a file unless it is told not to.
        args: (address) => [`--web.listen-address=${address}`, "--persistence.file="],
        readyPath: "/-/ready",
      }),
    );
  }

  /** The lines of its page that begin with one of these names, sorted. */
  async lines(...names: readonly string[]): Promise<string[]> {
    const page = await (await fetch(`${this.url}/metrics`)).text();
    return page.split("\n").filter((line) => names.some((name) => line.startsWith(name))).sort();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
