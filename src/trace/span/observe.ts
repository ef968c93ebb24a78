/**
 * Observation of promises without a side effect: the application keeps the same object, and a rejection
 * that it does not handle is still unhandled.
 *
 * To attach to a promise marks its rejection as handled. So an observer has to know whether other code
 * attached too. `then`, `catch`, `finally`, `await` and the combinators all read `constructor` of the
 * promise first (ECMA-262, SpeciesConstructor and PromiseResolve), and so a getter of it stands in a
 * prototype between the promise and its own one until it is read.
 *
 * @module
 */
const { then } = Promise.prototype;
const { getPrototypeOf, setPrototypeOf } = Reflect;

/** The prototype that is put before another; one for each class of promises. */
const watches = new WeakMap<object, object>();
/** Rejections that no code had attached to, and the promises that raise them again. */
const raised = new WeakMap<object, Promise<never>>();
/** Whether we are attaching ourselves. */
let attaching = false;

/** That of plain promises. Made when it is needed, or every bundle of the root has all of this. */
let plain: object | undefined;

/**
 * Calls back when a promise settles. A rejection that the application does not attach to is raised by
 * a promise of ours at the same time; when the application attaches later, that one is handled too.
 * For a frozen promise nothing is raised. False for a value that is not a promise.
 */
export function observe(
  promise: Promise<unknown>,
  onValue: () => void,
  onError: (error: unknown) => void,
): boolean {
  const prototype = getPrototypeOf(promise)!;
  const watch = prototype === Promise.prototype ? plain ??= watchOf(prototype) : watchOf(prototype);
  setPrototypeOf(promise, watch);
  attaching = true;
  try {
    then.call(promise, () => {
      if (getPrototypeOf(promise) === watch) setPrototypeOf(promise, getPrototypeOf(watch));
      onValue();
    }, (error) => {
      if (getPrototypeOf(promise) === watch) raise(promise, error);
      onError(error);
    });
    return true;
  } catch {
    setPrototypeOf(promise, prototype);
    return false; // It only looks like one.
  } finally {
    attaching = false;
  }
}

function raise(promise: object, error: unknown): void {
  // Several spans may observe one promise; a `constructor` of its own hides who attaches.
  if (raised.has(promise) || Object.hasOwn(promise, "constructor")) return;
  raised.set(promise, Promise.reject(error));
}

function watchOf(prototype: object): object {
  let watch = watches.get(prototype);
  if (watch === undefined) {
    watch = Object.create(prototype, {
      constructor: {
        configurable: true,
        get(this: object): unknown {
          // Our `then` must not construct a promise of the application's subclass.
          if (attaching) return Promise;
          attached(this);
          return prototype.constructor;
        },
        set(this: object, constructor: unknown) {
          attached(this);
          Object.defineProperty(this, "constructor", {
            value: constructor,
            writable: true,
            enumerable: true,
            configurable: true,
          });
        },
      },
    }) as object;
    watches.set(prototype, watch);
    watches.set(watch, watch);
  }
  return watch;
}

/** Other code reads `constructor`: the promise gets its own prototype back. */
function attached(promise: object): void {
  const watch = getPrototypeOf(promise)!;
  if (watches.get(watch) !== watch) return;
  setPrototypeOf(promise, getPrototypeOf(watch));
  raised.get(promise)?.catch(() => {});
}
