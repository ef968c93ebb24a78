/**
 * Reads a registry: its instruments, its collectors and its cluster, all at one moment.
 *
 * @module
 */
import { Pause } from "../core/pause.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { collectFrom, type CollectorOptions, type Source } from "./collectors.ts";
import type { Family } from "./data/family.ts";
import { type Snapshot, snapshotOf } from "./data/snapshot.ts";
import type { CollectOptions } from "./instrument/metric.ts";

/** What is read. */
export interface Readable extends CollectorOptions {
  /** The instruments. */
  readonly catalogue: Catalogue;
  /** The collectors. */
  readonly sources: Iterable<Source>;
  /** The members whose families a scrape shows together with these. */
  readonly cluster: Promise<Cluster | undefined> | undefined;
}

/** Everything at this moment, as data; other work runs in between. */
export async function readFamilies(from: Readable, options: CollectOptions): Promise<Family[]> {
  const pause = pauseOf(from), families: Family[] = [];
  for (const snapshot of await readOwn(from, options)) {
    families.push(await familyOf(snapshot, pause));
  }
  return families;
}

/** Everything at this moment for a page: the families of all members where there is a cluster. */
export async function readAll(from: Readable, options: CollectOptions): Promise<Snapshot[]> {
  const cluster = await from.cluster;
  return cluster === undefined ? readOwn(from, options) : (await cluster.collect()).map(snapshotOf);
}

async function readOwn(from: Readable, options: CollectOptions): Promise<Snapshot[]> {
  const { catalogue, sources } = from;
  const made = await collectFrom(sources, (name) => catalogue.has(name), from);
  const pause = pauseOf(from), own: Snapshot[] = [];
  for (const metric of catalogue.all) {
    metric["sweep"]();
    const snapshot = metric["snapshot"](options);
    await copyAll(snapshot, pause);
    if (pause.isDue) await pause.take();
    own.push(snapshot);
  }
  return [...own, ...made.map((family) => snapshotOf(inForm(family, options)))];
}

/** Series that are copied before other work may run again. */
const COPIED_AT_ONCE = 256;

/**
 * Copies all numbers of a snapshot: at once, unless that would hold the event loop; then each series is
 * consistent, but not the family as a whole.
 */
export async function copyAll(snapshot: Snapshot, pause: Pause): Promise<void> {
  if (snapshot.copy === undefined) return;
  for (let end = 0; end < snapshot.length;) {
    end = Math.min(end + COPIED_AT_ONCE, snapshot.length);
    snapshot.copy(end);
    if (pause.isDue) await pause.take();
  }
}

function pauseOf({ clock }: Readable): Pause {
  return new Pause(() => clock.monotonic());
}

/**
 * The family of a collector in the form that is wanted, as far as it has that. Without `native` it has no
 * native histogram, as an instrument has none: a receiver that takes none would refuse the rest with it.
 */
function inForm(family: Family, { native: isWanted, histograms }: CollectOptions): Family {
  if (family.type !== "histogram" || isWanted && isAnyForm(histograms)) return family;
  const samples = family.samples.map((sample) => {
    const bare = histograms === "native" && sample.native !== undefined;
    const native = isWanted && histograms !== "classic" ? sample.native : undefined;
    return { ...sample, native, ...(bare && { bounds: [], buckets: [] }) };
  });
  return { ...family, samples };
}

function isAnyForm(form: CollectOptions["histograms"]): boolean {
  return form === undefined || form === "both";
}

async function familyOf({ head, length, at }: Snapshot, pause: Pause): Promise<Family> {
  const samples: Family["samples"][number][] = [];
  for (let i = 0; i < length; i++) {
    samples.push(at(i));
    if (i % 128 === 127 && pause.isDue) await pause.take();
  }
  return { ...head, samples } as unknown as Family;
}
