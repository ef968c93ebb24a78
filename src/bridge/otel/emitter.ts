/**
 * Event emitters bound to a context: what listens from then on runs in it.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any -- what a listener takes is the emitter's affair
type Listener = ((this: unknown, ...given: any[]) => unknown) & { listener?: unknown };
type Verb = (this: unknown, event: unknown, listener: Listener, ...rest: unknown[]) => unknown;

/** Binds a listener to the context of its emitter. */
export type BindListener = (listener: Listener) => Listener;

/** An event emitter, of whichever making. */
export interface Emitter {
  emit(event: string, ...given: unknown[]): unknown;
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

const ADDS = ["on", "addListener", "once", "prependListener", "prependOnceListener"];
const REMOVES = ["off", "removeListener"];

interface Binding {
  bind: BindListener;
  /** A listener is found again by the one that was given. */
  readonly bound: WeakMap<Listener, Listener>;
  /** While a verb of the emitter calls another. */
  isBusy: boolean;
}
const bindings = new WeakMap<object, Binding>();

/** Whether it is one. */
export function isEmitter(target: unknown): target is Emitter {
  if (typeof target !== "object" || target === null) return false;
  const { emit, on, removeListener } = target as Partial<Emitter>;
  return [emit, on, removeListener].every((verb) => typeof verb === "function");
}

/** Has listeners that are added from now on run bound. Bound again, the last binding counts. */
export function bindEmitter(emitter: Emitter, bind: BindListener): void {
  const known = bindings.get(emitter);
  if (known !== undefined) {
    known.bind = bind;
    return;
  }
  const binding: Binding = { bind, bound: new WeakMap(), isBusy: false };
  bindings.set(emitter, binding);
  for (const name of ADDS) replace(emitter, name, (verb) => add(verb, binding));
  for (const name of REMOVES) replace(emitter, name, (verb) => remove(verb, binding));
}

function replace(emitter: Emitter, name: string, change: (verb: Verb) => Verb): void {
  const verb = (emitter as unknown as Record<string, unknown>)[name];
  if (typeof verb !== "function") return;
  Object.defineProperty(emitter, name, {
    value: change(verb as Verb),
    writable: true,
    configurable: true,
  });
}

function add(verb: Verb, binding: Binding): Verb {
  return function (event, listener, ...rest) {
    // What is no listener is for the emitter to refuse.
    if (binding.isBusy || typeof listener !== "function") {
      return verb.call(this, event, listener, ...rest);
    }
    const bound = binding.bind(listener);
    bound.listener = listener;
    binding.bound.set(listener, bound);
    binding.isBusy = true;
    try {
      return verb.call(this, event, bound, ...rest);
    } finally {
      binding.isBusy = false;
    }
  };
}

function remove(verb: Verb, binding: Binding): Verb {
  return function (event, listener, ...rest) {
    return verb.call(this, event, binding.bound.get(listener) ?? listener, ...rest);
  };
}
