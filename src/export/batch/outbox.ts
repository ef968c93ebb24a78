/**
 * Sends the batches of one signal: one at a time, until each is settled.
 *
 * @module
 */
import { within } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Batch, Ledger } from "./batch.ts";
import { deliver } from "../post/deliver.ts";
import type { Outcome } from "../post/post.ts";
import { Backlog, type BacklogOptions, type Turn } from "./backlog.ts";
import { OneAtATime } from "./one_at_a_time.ts";

/** What an {@linkcode Outbox} is made of. */
export interface OutboxOptions<T> extends BacklogOptions<T> {
  /** The receiver as reports name it: host and port. */
  readonly receiver: string;
  /** Sends once; never rejects. */
  readonly post: (batch: Batch, signal: AbortSignal) => Promise<Outcome>;
  /** How long one round of tries may take. */
  readonly deadlineMs: number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Called after each try with its duration, and with what kept it from succeeding. */
  readonly onTry?: ((durationSeconds: number, error: string | undefined) => void) | undefined;
}

/** How long a batch is left alone after a round of tries that all failed. */
const REST_MS = 10_000;

/**
 * Moves batches to the receiver. A batch that the receiver takes or refuses is settled. One that
 * can't be delivered is tried five times, left alone for ten seconds and tried again; what follows
 * it waits. A receiver that asks for patience (`Retry-After`) is not sent anything before, not even
 * by a flush.
 */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  readonly #backlog: Backlog<T>;
  readonly #stop = new AbortController();
  readonly #sender: OneAtATime;
  #inFlight = 0;
  /** What kept the last try from succeeding. */
  #failure: string | undefined;
  /** Tries of a round that a rest interrupted. */
  #tries = 0;
  #restUntilMs = -Infinity;
  #cancelRest: (() => void) | undefined;
  /** Until when the receiver asked to be left alone. */
  #retryAfterUntilMs = -Infinity;
  /** Ends the pause before the next try. */
  #hurry: (() => void) | undefined;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
    const { name, faults } = options;
    this.#backlog = new Backlog(options);
    this.#sender = new OneAtATime(() => this.#send(), (error) => faults.record(name, error));
    this.#backlog.onReady = () => void this.#sender.start();
    // For items that came before, the source may have called nobody.
    if (options.source.waiting > 0) options.source.onReady();
  }

  /** The numbers of the signal. */
  get ledger(): Ledger {
    return this.#options.source.ledger;
  }

  /** Items taken in that are neither exported nor dropped, those on disk included. */
  get queued(): number {
    return this.#backlog.items;
  }

  /** Items that are lost if the process ends now. */
  get inMemory(): number {
    return this.#backlog.inMemory;
  }

  /** The receiver: host and port. */
  get receiver(): string {
    return this.#options.receiver;
  }

  /** What kept the last try from succeeding; undefined when it did, or there was none. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Items that are on their way now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long the receiver still wants to be left alone; 0 when it did not ask for that. */
  get retryAfterMs(): number {
    return Math.max(0, this.#retryAfterUntilMs - this.#options.clock.monotonic());
  }

  /**
   * Sends all that waits without resting first; a pause that the receiver asked for is kept if it ends
   * in time. Resolves when all is settled, could not be delivered, or must wait longer.
   *
   * @param deadlineMs after how long it resolves at the latest. Without one it has no limit, and keeps
   * pauses of the receiver that are no longer than a round of tries
   */
  async flush(deadlineMs?: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { source, clock } = this.#options;
    source.hurry();
    const done = this.#drain(clock.monotonic() + (deadlineMs ?? this.#options.deadlineMs));
    if (deadlineMs === undefined) return await done;
    await within(clock, deadlineMs, done);
  }

  /** Stops: what is not settled stays on disk, or is dropped where that can't be. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#backlog.close();
    this.#stop.abort(new DOMException("The export was shut down", "AbortError"));
    this.#cancelRest?.();
  }

  /** Writes to disk what waits in memory, before it returns: the process may be ending. */
  save(): void {
    if (!this.#stop.signal.aborted) this.#backlog.save();
  }

  /** Gathers what there is without waiting: the process is ending. */
  gather(): void {
    if (!this.#stop.signal.aborted) this.#options.source.gather?.();
  }

  /** All that waits in memory. The caller sends it, and then calls {@linkcode Outbox.settleSent}. */
  unsent(): readonly Batch[] {
    return this.#stop.signal.aborted ? [] : this.#backlog.unsent();
  }

  /** Settles what was sent while the process was ending, unless it may be sent again later. */
  settleSent(batch: Batch, outcome: Outcome): void {
    if (outcome.kind === "failed") this.#failure = outcome.message;
    else this.#conclude({ batch, stored: false }, outcome);
  }

  async #drain(endMs: number): Promise<void> {
    await this.#backlog.pack();
    this.#restUntilMs = -Infinity;
    this.#hurry?.();
    do {
      const waitMs = this.retryAfterMs;
      if (this.#options.clock.monotonic() + waitMs > endMs) return;
      if (waitMs > 0) await this.#sleep(waitMs).over;
      if (this.#stop.signal.aborted) return;
      await this.#sender.start();
    } while (this.retryAfterMs > 0);
  }

  async #send(): Promise<void> {
    const { clock } = this.#options;
    while (clock.monotonic() >= Math.max(this.#restUntilMs, this.#retryAfterUntilMs)) {
      const turn = await this.#next();
      if (turn === undefined || this.#stop.signal.aborted) return;
      await this.#deliver(turn);
    }
  }

  async #next(): Promise<Turn | undefined> {
    try {
      return await this.#backlog.next();
    } catch (error) {
      this.#rest(REST_MS);
      throw error;
    }
  }

  /** One round of tries, or what is left of one; afterwards the batch is settled, or a rest begins. */
  async #deliver(turn: Turn): Promise<void> {
    const { clock, deadlineMs, random } = this.#options;
    const { outcome, tries, waitMs, isOver } = await deliver(
      (tries) => this.#try(turn.batch, tries === 1),
      {
        deadlineMs,
        tried: this.#tries,
        clock,
        random,
        pause: (ms, isAsked) => this.#pause(ms, isAsked),
      },
    );
    if (this.#stop.signal.aborted) return;
    if (outcome.kind !== "failed") return this.#conclude(turn, outcome);
    if (outcome.retryAfterMs !== undefined) this.#retryAfterUntilMs = clock.monotonic() + waitMs;
    this.#tries = isOver ? 0 : tries;
    this.#rest(isOver ? Math.max(REST_MS, waitMs) : waitMs);
  }

  /** A pause that the receiver asked for is a rest: a flush would end a pause, or have to sit it out. */
  async #pause(ms: number, isAsked: boolean): Promise<boolean> {
    const { signal } = this.#stop;
    if (isAsked || signal.aborted) return false;
    const pause = this.#sleep(ms);
    this.#hurry = pause.end;
    await pause.over;
    this.#hurry = undefined;
    return !signal.aborted;
  }

  async #try(batch: Batch, isFirst: boolean): Promise<Outcome> {
    const { post, clock, onTry } = this.#options;
    const startMs = clock.monotonic();
    this.#inFlight = batch.itemCount;
    const outcome = await post(batch, this.#stop.signal);
    this.#inFlight = 0;
    this.#failure = outcome.kind === "failed" ? outcome.message : undefined;
    const error = outcome.kind === "accepted" ? undefined : outcome.error;
    onTry?.((clock.monotonic() - startMs) / 1000, error);
    // At once, because a person who starts a service looks at its output now; and once a round.
    if (outcome.kind === "failed" && isFirst && !this.#stop.signal.aborted) {
      this.#report(`${outcome.message}; it is tried again`, "failed");
    }
    return outcome;
  }

  #conclude(turn: Turn, outcome: Exclude<Outcome, { kind: "failed" }>): void {
    const { ledger } = this, items = turn.batch.itemCount;
    this.#tries = 0;
    const rejected = outcome.kind === "refused" ? 0 : Math.min(outcome.rejected, items);
    this.#backlog.settle(turn, () => {
      if (outcome.kind === "refused") return ledger.drop("refused", items);
      ledger.exported += items - rejected;
      ledger.drop("rejected", rejected);
    });
    const said = outcome.message === "" ? "no reason given" : outcome.message;
    if (outcome.kind === "refused") this.#report(`${said}; ${items} dropped`, "refused");
    else if (rejected > 0) this.#report(`${rejected} of ${items} rejected: ${said}`, "refused");
    else if (outcome.message !== "") this.#warn(outcome.message);
  }

  /** By the specification, a receiver may warn although it took everything. */
  #warn(message: string): void {
    const { name, faults, receiver } = this.#options;
    faults.record(`${name} warning`, `${receiver} took all, and says: ${message}`);
  }

  /** A loss is reported even if a failure that may pass was reported before: by a key of its own. */
  #report(message: string, key: "failed" | "refused"): void {
    const { name, faults, receiver } = this.#options;
    faults.record(name, new Error(`Cannot export to ${receiver}: ${message}`), `${name} ${key}`);
  }

  #rest(ms: number): void {
    if (this.#stop.signal.aborted) return;
    const { clock } = this.#options;
    this.#backlog.putBack();
    this.#restUntilMs = clock.monotonic() + ms;
    this.#cancelRest?.();
    this.#cancelRest = run(undefined, () => clock.after(ms, () => void this.#wake()));
  }

  async #wake(): Promise<void> {
    await this.#backlog.pack();
    await this.#sender.start();
  }

  /** A wait that `close` or `end` cuts short. Its timer runs outside any request's context. */
  #sleep(ms: number): { readonly over: Promise<void>; readonly end: () => void } {
    const { signal } = this.#stop;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      const cancel = run(undefined, () => this.#options.clock.after(ms, () => end()));
      end = () => {
        cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      signal.addEventListener("abort", end);
    });
    return { over, end };
  }
}
