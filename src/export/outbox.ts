/**
 * Sends the batches of one signal: one at a time, until each is settled.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { run } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import { type Batch, type BatchSource, compress } from "./batch.ts";
import type { Ledger } from "./ledger.ts";
import { backoffMs, MAX_TRIES, type Outcome } from "./post.ts";
import type { Spool } from "./spool.ts";
import { Worker } from "./worker.ts";

/** What an {@linkcode Outbox} is made of. */
export interface OutboxOptions {
  /** For faults: `otlp traces`. */
  readonly name: string;
  readonly source: BatchSource;
  /** Sends once; never rejects. */
  readonly post: (batch: Batch, signal: AbortSignal) => Promise<Outcome>;
  readonly gzip: boolean;
  /** How long one round of tries may take. */
  readonly exportTimeoutMs: number;
  /** Where batches wait on disk. Without it only the one at hand waits encoded, in memory. */
  readonly spool?: Spool | undefined;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly faults: Faults;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Told of each try: how long it took, and what kept it from succeeding. */
  readonly onTry?: ((durationSeconds: number, error: string | undefined) => void) | undefined;
}

/** How long a batch is left alone after a round of tries that all failed. */
const REST_MS = 10_000;
/** A batch that could not be delivered for so long, and has no spool, makes way for others. */
const MAX_AGE_MS = 3_600_000;

/**
 * Moves batches from their source to the receiver. A batch that the receiver takes or refuses is
 * settled. One that can't be delivered is tried five times, left alone for ten seconds and tried
 * again; what follows it waits in the source's bounded queue, or on disk.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #stop = new AbortController();
  readonly #packer: Worker | undefined;
  readonly #sender: Worker;
  /** Taken from the source and not yet settled, or not yet on disk. */
  #held: Batch | undefined;
  #inFlight = 0;
  #restUntilMs = -Infinity;
  #cancelRest: (() => void) | undefined;
  /** The pause before the next try, and whether it was the receiver that asked for it. */
  #pause: { readonly end: () => void; readonly asked: boolean } | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    const { name, source, spool, faults } = options;
    this.#sender = new Worker(() => this.#send(), (error) => faults.record(name, error));
    if (spool === undefined) source.onReady = () => this.#sender.start();
    else {
      this.#packer = new Worker(() => this.#pack(spool), (error) => faults.record(name, error));
      source.onReady = () => this.#packer!.start();
      spool.onReady = () => this.#sender.start();
    }
  }

  /** Items taken in whose fate is open, those on disk included. */
  get queued(): number {
    const { source, spool } = this.#options;
    return source.waiting + (this.#held?.items ?? 0) + (spool?.items ?? 0);
  }

  /** Items that are on their way now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sends all that waits, without a rest. Resolves when it is settled or could not be delivered. */
  async flush(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#options.source.hurry();
    await this.#packer?.start();
    this.#restUntilMs = -Infinity;
    if (this.#pause?.asked === false) this.#pause.end();
    await this.#sender.start();
  }

  /** Stops: what is not settled stays on disk, or is dropped where there is none. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.save();
    const { source, ledger } = this.#options;
    ledger.drop("shutdown", source.close() + (this.#held?.items ?? 0));
    this.#held = undefined;
    this.#stop.abort(new DOMException("The export was shut down", "AbortError"));
    this.#cancelRest?.();
    this.#pause?.end();
  }

  /** Writes to disk what waits in memory, before it returns: the process may be ending. */
  save(): void {
    const { source, spool } = this.#options;
    if (spool === undefined) return;
    source.hurry();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) spool.appendSync(held);
    for (let batch = source.take(); batch !== undefined; batch = source.take()) {
      spool.appendSync(batch);
    }
  }

  async #pack(spool: Spool): Promise<void> {
    while (await this.#hold() !== undefined) {
      const batch = this.#held!;
      const entry = await spool.write(batch);
      if (this.#held !== batch) spool.discard(entry); // Saved meanwhile: it is there twice.
      else {
        this.#held = undefined;
        spool.push(entry, batch);
      }
    }
  }

  async #send(): Promise<void> {
    const { spool, clock, ledger } = this.#options;
    while (!this.#stop.signal.aborted && clock.monotonic() >= this.#restUntilMs) {
      const batch = spool === undefined ? await this.#hold() : await this.#first(spool);
      if (batch === undefined) return;
      if (clock.now() - batch.timeMs > (spool?.maxAgeMs ?? MAX_AGE_MS)) {
        this.#settle(() => ledger.drop("expired", batch.items));
      } else await this.#deliver(batch);
    }
  }

  async #first(spool: Spool): Promise<Batch | undefined> {
    try {
      return await spool.first();
    } catch (error) {
      this.#rest(REST_MS);
      throw error;
    }
  }

  /** The batch at hand, compressed; the next one when there is none. */
  async #hold(): Promise<Batch | undefined> {
    const { source, gzip, faults } = this.#options;
    if (this.#held !== undefined) return this.#held;
    await source.prepare?.();
    if (this.#stop.signal.aborted) return undefined;
    const taken = this.#held = source.take();
    if (taken === undefined || !gzip) return taken;
    const compressed = await compress(taken, faults);
    if (this.#held !== taken) return undefined;
    return this.#held = compressed;
  }

  /** One round of tries; afterwards the batch is settled, or a rest has begun. */
  async #deliver(batch: Batch): Promise<void> {
    const { clock, exportTimeoutMs, random } = this.#options;
    const endMs = clock.monotonic() + exportTimeoutMs;
    for (let tries = 1;; tries++) {
      const outcome = await this.#try(batch);
      if (this.#stop.signal.aborted) return;
      if (outcome.kind !== "failed") return this.#conclude(batch, outcome);
      const waitMs = outcome.retryAfterMs ?? backoffMs(tries, random());
      if (tries === MAX_TRIES || clock.monotonic() + waitMs > endMs) {
        this.#report(outcome);
        return this.#rest(Math.max(REST_MS, outcome.retryAfterMs ?? 0));
      }
      await this.#wait(waitMs, outcome.retryAfterMs !== undefined);
      if (this.#stop.signal.aborted) return;
    }
  }

  async #try(batch: Batch): Promise<Outcome> {
    const { post, clock, onTry } = this.#options;
    const startMs = clock.monotonic();
    this.#inFlight = batch.items;
    const outcome = await post(batch, this.#stop.signal);
    this.#inFlight = 0;
    const error = outcome.kind === "accepted" ? undefined : outcome.error;
    onTry?.((clock.monotonic() - startMs) / 1000, error);
    return outcome;
  }

  #conclude(batch: Batch, outcome: Exclude<Outcome, { kind: "failed" }>): void {
    const { ledger } = this.#options;
    this.#settle(() => {
      if (outcome.kind === "refused") return ledger.drop("refused", batch.items);
      const rejected = Math.min(outcome.rejected, batch.items);
      ledger.exported += batch.items - rejected;
      ledger.drop("rejected", rejected);
    });
    if (outcome.kind === "refused" || outcome.rejected > 0) this.#report(outcome);
  }

  /** Lets go of the batch at hand and counts it in the same step, so that the sum always fits. */
  #settle(count: () => void): void {
    const { spool } = this.#options;
    if (spool === undefined) this.#held = undefined;
    else if (!spool.shift()) return;
    count();
  }

  #report({ message }: Outcome): void {
    const { name, faults } = this.#options;
    faults.record(name, new Error(message === "" ? "The receiver dropped data" : message));
  }

  #rest(ms: number): void {
    const { clock } = this.#options;
    this.#restUntilMs = clock.monotonic() + ms;
    this.#cancelRest?.();
    this.#cancelRest = run(undefined, () => clock.after(ms, () => void this.#sender.start()));
  }

  async #wait(ms: number, asked: boolean): Promise<void> {
    let cancel = () => {};
    await new Promise<void>((end) => {
      cancel = this.#options.clock.after(ms, end);
      this.#pause = { end, asked };
    });
    cancel();
    this.#pause = undefined;
  }
}
