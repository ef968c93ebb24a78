/**
 * Drives servers by turns, in short bursts, so that other load on the machine affects all alike.
 *
 * @module
 */
import { median } from "../rounds.ts";
import { drive } from "./load.ts";
import { foreignMicros } from "./machine.ts";
import { cpuMicros, type Server } from "./server.ts";

/** The result of one burst. */
interface Burst {
  /** CPU time of the server, µs per request. */
  readonly micros: number;
  readonly perSecond: number;
}

/** The result of one server over all rounds that count. */
export interface Cost {
  /** CPU time, µs per request; one for each round. */
  readonly micros: readonly number[];
  /** The difference to the first server in the same round. */
  readonly added: readonly number[];
  readonly perSecond: number;
}

/** Costs by the server's name, in the order of the servers. */
export type Costs = ReadonlyMap<string, Cost>;

/** How many rounds, and how many seconds per server. */
export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  /** How many routes are requested in turn. @default one constant path */
  readonly routes?: number;
}

/** A server is warm when two bursts differ by no more, or after the most bursts. */
const WARM = .04, MOST_WARMING = 6;

/** A burst during which others took more of a core than this is repeated, at most so many times. */
const FOREIGN = .08, MOST_TRIES = 6;

/** A round in which the bare server is further than this from its median was disturbed. */
const DISTURBED = .08;

/**
 * Runs rounds until as many as planned were undisturbed, at most twice as many. The first server is the
 * bare one. Every second round goes backwards, so that none always follows the same other.
 */
export async function inTurns(servers: readonly Server[], plan: Plan): Promise<Costs> {
  for (const server of servers) await warm(server, plan);
  const rounds: Map<Server, Burst>[] = [];
  let calm: typeof rounds = [];
  while (calm.length < plan.rounds && rounds.length < 2 * plan.rounds) {
    const order = rounds.length % 2 === 0 ? servers : [...servers].reverse();
    const round = new Map<Server, Burst>();
    for (const server of order) round.set(server, await burst(server, plan));
    rounds.push(round);
    calm = undisturbed(rounds, servers[0]!);
  }
  const discarded = rounds.length - calm.length;
  if (discarded > 0) console.log(`  (${discarded} disturbed rounds are left out)`);
  return new Map(servers.map((server) => [server.name, cost(server, servers[0]!, calm)]));
}

async function warm(server: Server, plan: Plan): Promise<void> {
  let before = Infinity;
  for (let i = 0; i < MOST_WARMING; i++) {
    const { micros } = await burst(server, plan);
    if (Math.abs(micros / before - 1) < WARM) return;
    before = micros;
  }
}

async function burst(server: Server, { seconds, routes }: Plan): Promise<Burst> {
  for (let tries = 1;; tries++) {
    const foreign = foreignMicros(), before = cpuMicros(server);
    const requests = await drive(server.port, seconds, routes);
    const micros = (cpuMicros(server) - before) / requests;
    const isCalm = foreignMicros() - foreign < FOREIGN * seconds * 1e6;
    if (isCalm || tries === MOST_TRIES) return { micros, perSecond: requests / seconds };
  }
}

function undisturbed(rounds: readonly Map<Server, Burst>[], bare: Server): Map<Server, Burst>[] {
  const usual = median(rounds.map((round) => round.get(bare)!.micros));
  return rounds.filter((round) => Math.abs(round.get(bare)!.micros / usual - 1) <= DISTURBED);
}

function cost(server: Server, bare: Server, rounds: readonly Map<Server, Burst>[]): Cost {
  const bursts = rounds.map((round) => round.get(server)!);
  return {
    micros: bursts.map(({ micros }) => micros),
    added: bursts.map(({ micros }, i) => micros - rounds[i]!.get(bare)!.micros),
    perSecond: median(bursts.map(({ perSecond }) => perSecond)),
  };
}

/** Half the distance between the quartiles, as a part of the median: what "±" means here. */
export function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return (at(.75) - at(.25)) / 2 / Math.abs(median(values));
}

/** Prints costs as a table. */
export function printCosts(title: string, costs: Costs, { rounds, seconds }: Plan): void {
  const wide = Math.max(...[...costs.keys()].map((name) => name.length));
  console.log(`\n${title}: CPU µs a request, ${rounds} rounds of ${seconds} s in turn`);
  console.log(`  ${"".padEnd(wide)}     min  median   added       ±  requests/s`);
  for (const [name, { micros, added, perSecond }] of costs) {
    const values = [Math.min(...micros), median(micros), median(added)].map(fixed).join(" ");
    const share = added.every((micros) => micros === 0) ? "" : `${percent(spread(added))} %`;
    console.log(
      `  ${name.padEnd(wide)} ${values} ${share.padStart(7)} ${perSecond.toFixed(0).padStart(11)}`,
    );
  }
}

/** Microseconds in a column. */
export function fixed(micros: number): string {
  return micros.toFixed(2).padStart(7);
}

function percent(part: number): string {
  return (part * 100).toFixed(0);
}
