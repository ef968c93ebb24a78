/**
 * Binds event emitters to a context: listeners added later run in it.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any -- the emitter decides what its listeners take
type Listener = ((this: unknown, ...given: any[]) => unknown) & { listener?: unknown };
type Verb = (this: unknown, event: unknown, listener: Listener, ...rest: unknown[]) => unknown;

/** Binds a listener to the context of its emitter. */
export type BindListener = (listener: Listener) => Listener;

/** An event emitter, by shape. */
export interface Emitter {
  emit(event: string, ...given: unknown[]): unknown;
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

const ADDS = ["on", "addListener", "once", "prependListener", "prependOnceListener"];
const REMOVES = ["off", "removeListener"];

interface Binding {
  bind: BindListener;
  /** From the original listener to the bound one. */
  readonly bound: WeakMap<Listener, Listener>;
  /** Whether one method of the emitter is calling another. */
  isBusy: boolean;
}
const bindings = new WeakMap<object, Binding>();

/** Whether a value is an event emitter. */
export function isEmitter(target: unknown): target is Emitter {
  if (typeof target !== "object" || target === null) return false;
  const { emit, on, removeListener } = target as Partial<Emitter>;
  return [emit, on, removeListener].every((verb) => typeof verb === "function");
}

/** Binds listeners added from now on. If it is bound again, the last binding counts. */
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
    // The emitter itself refuses a listener that is not a function.
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
