/**
 * Arguments of the command line.
 *
 * @module
 */

/** The commands. */
export const COMMANDS = [
  "rules",
  "dashboard",
  "alertmanager",
  "servicemonitor",
  "metrics",
] as const;

/** What is to be done. */
export interface Arguments {
  readonly command: typeof COMMANDS[number];
  /** The path or URL of the module. */
  readonly module: string;
  /** Whether unit tests of the rules are wanted instead. */
  readonly tests: boolean;
  /** How rules are generated, as given: the generator checks it. */
  readonly how: Readonly<Record<string, string | number>>;
  readonly matchers: Readonly<Record<string, string>>;
  /** The file that the text is written to; undefined is standard output. */
  readonly out: string | undefined;
}

/** The help text. */
export const USAGE = `Usage: telltale COMMAND MODULE [options]

The module exports what telltale() returned. Commands:
  rules            recording and alerting rules for Prometheus
  dashboard        a dashboard for Grafana
  alertmanager     routes of the alerts
  servicemonitor   a ServiceMonitor for Prometheus' operator
  metrics          the metrics and what is wrong with them

Options:
  --tests               with rules: their unit tests, for promtool test rules
  --source events|http  with rules: the metrics that they read (default: events)
  --naming NAMES        with --source http: telltale or semconv (default: telltale)
  --histograms FORM     with --source http: classic or native (default: classic)
  --interval SECONDS    with rules: between two evaluations (default: 60)
  --match LABEL=VALUE   a label that all series must have, such as job=shop: needed where several
                        services have SLOs of one name; may be repeated
  --out FILE            where the text goes, for a module that writes to standard output itself

Export t from a module that does not serve, or stop the service: its port is taken otherwise.`;

/** Options of rules, and what the functions call them. */
const HOW: Readonly<Record<string, string>> = {
  "--source": "source",
  "--naming": "naming",
  "--histograms": "histograms",
  "--interval": "intervalSeconds",
};

/** Parses arguments; undefined where help is wanted. Throws an error that says what is wrong. */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const words: string[] = [], matchers: Record<string, string> = {};
  const how: Record<string, string | number> = {};
  let tests = false, out: string | undefined;
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--help" || arg === "-h") return undefined;
    if (!arg.startsWith("-")) {
      words.push(arg);
      continue;
    }
    const [name, inline] = arg.split(/=(.*)/s) as [string, string?];
    const value = () => {
      const given = inline ?? rest.shift();
      if (given === undefined) {
        throw new TypeError(`Cannot run: ${name} must have a value, got none`);
      }
      return given;
    };
    if (name === "--tests") tests = true;
    else if (name === "--out") out = value();
    else if (Object.hasOwn(HOW, name)) {
      how[HOW[name]!] = name === "--interval" ? Number(value()) : value();
    } else if (name === "--match") {
      const given = value(), [label, text] = given.split(/=(.*)/s) as [string, string?];
      if (text === undefined) {
        throw new TypeError(
          `Cannot run: --match must be LABEL=VALUE, got ${JSON.stringify(given)}`,
        );
      }
      matchers[label] = text;
    } else throw new TypeError(`Cannot run: there is no option ${name}`);
  }
  if (args.length === 0) return undefined;
  const [command, module, further] = words;
  if (!COMMANDS.includes(command as Arguments["command"])) {
    const got = JSON.stringify(command ?? "");
    throw new TypeError(`Cannot run: command must be one of ${COMMANDS.join(", ")}, got ${got}`);
  }
  if (command !== "rules" && (tests || Object.keys(how).length > 0)) {
    const names = ["--tests", ...Object.keys(HOW)].join(", ");
    throw new TypeError(`Cannot run ${command}: ${names} are for rules only`);
  }
  if (module === undefined) throw new TypeError(`Cannot run ${command}: the module is missing`);
  if (further !== undefined) {
    throw new TypeError(`Cannot run ${command}: there must be one module, got ${further} as well`);
  }
  return { command: command as Arguments["command"], module, tests, how, matchers, out };
}
