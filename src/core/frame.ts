/**
 * A cheaper `AsyncLocalStorage` for the one slot of the context, where the runtime allows one.
 *
 * V8 carries one value, the frame, along with promises, and the runtime with its timers and events. Deno's
 * `AsyncLocalStorage` keeps an object there, with a property for each storage. To run a function in a
 * new one costs 0.5 to 2 µs, because each time a dictionary and an entry of a weak map are made: more
 * than all else that a span costs. A frame of ours is a plain object with one property, made in 20 ns.
 * Storages of the application keep working inside and outside of it, because they copy what is there.
 *
 * The two functions that it takes are no public interface of Deno. So they are tried when the module
 * is loaded, and unless all is as expected, the context is kept in an `AsyncLocalStorage`, as it is on
 * other runtimes.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type FrameAccess, frameAccess } from "./platform.ts";

/** A symbol, because a second copy of this module has its own; enumerable, so that storages copy it. */
const KEY = Symbol("telltale");

type Frames = Record<symbol, unknown>;

/** A frame in which no other storage has a value. */
class Frame {
  [KEY]: unknown;

  constructor(value: unknown) {
    this[KEY] = value;
  }
}
// A storage must find nothing under its own key.
Object.setPrototypeOf(Frame.prototype, null);

/** A frame with `value`, and otherwise like the one before. */
function frameOf(before: unknown, value: unknown): object {
  return before == null || before instanceof Frame
    ? new Frame(value)
    : { __proto__: null, ...before as Frames, [KEY]: value };
}

/** The frame after a function that called `enterWith` of a storage, which holds on as it would without us. */
function leave(after: unknown, before: unknown): object {
  return frameOf(after, (before as Frames | undefined)?.[KEY]);
}

/** The slot: `get` is the value of the running code, `run` calls a function with another. */
export interface Slot<V> {
  get(): V | undefined;
  run<A, T>(value: V | undefined, fn: (argument: A) => T, argument: A): T;
}

/** A slot in frames; undefined where there are none, or they are not what was expected. */
export function frameSlot<V>(access: FrameAccess | undefined = frameAccess()): Slot<V> | undefined {
  if (access === undefined) return undefined;
  const { getAsyncContext, setAsyncContext } = access;
  const slot: Slot<V> = {
    get() {
      return (getAsyncContext() as Frames | undefined)?.[KEY] as V | undefined;
    },
    run(value, fn, argument) {
      const before = getAsyncContext(), frame = frameOf(before, value);
      setAsyncContext(frame);
      try {
        return fn(argument);
      } finally {
        const after = getAsyncContext();
        setAsyncContext(after === frame ? before : leave(after, before));
      }
    },
  };
  try {
    return agrees(slot as Slot<unknown>, access) ? slot : undefined;
  } catch {
    return undefined;
  }
}

/** What {@linkcode agrees} sees: the slot's value, and that of the storage. */
const NONE = "undefined undefined";
const EXPECTED = [
  NONE,
  ...["a b", "c b", "a d", "undefined b", "a undefined"],
  ...["f e", "undefined e", NONE],
  NONE,
].join();

/** Whether a storage is kept in the same frame, and neither it nor the slot touches the other's value. */
function agrees(slot: Slot<unknown>, { getAsyncContext, setAsyncContext }: FrameAccess): boolean {
  const storage = new AsyncLocalStorage<string>(), seen: string[] = [];
  const look = () => seen.push(`${slot.get()} ${storage.getStore()}`);
  look();
  slot.run("a", () => {
    storage.run("b", () => {
      look();
      slot.run("c", look, 0);
      storage.run("d", look);
      slot.run(undefined, look, 0);
    });
    look();
  }, 0);
  storage.run("e", () => {
    slot.run("f", look, 0);
    look();
    const frame = getAsyncContext();
    setAsyncContext(undefined);
    look();
    setAsyncContext(frame);
  });
  look();
  return seen.join() === EXPECTED;
}
