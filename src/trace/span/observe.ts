/**
 * Promises observed from the side: the application keeps its very object, and what becomes of a
 * rejection that nobody handles stays its own affair.
 *
 * To attach to a promise marks its rejection as handled, for everybody. So an observer has to know
 * whether somebody else attached too. `then`, `catch`, `finally`, `await` and the combinators all
 * read `constructor` of the promise first (ECMA-262, SpeciesConstructor and PromiseResolve), and so
 * it stands in a prototype between the promise and its own until that is read.
 *
 * @module
 */
const { then } = Promise.prototype;
const { getPrototypeOf, setPrototypeOf } = Reflect;

/** The prototype that goes before another; one for each class of promises. */
const watches = new WeakMap<object, object>();
/** Rejections that nobody had attached to, raised anew. */
const raised = new WeakMap<object, Promise<never>>();
/** While we attach ourselves. */
let attaching = false;

const plain = watchOf(Promise.prototype);

/**
 * Tells of the end of a promise. A rejection that the application never attaches to is raised by a
 * promise of ours in its stead, at the same time; when it attaches later, that one is handled too.
 * Of a frozen one nothing is raised. False for what is no promise.
 */
export function observe(
  promise: Promise<unknown>,
  onValue: () => void,
  onError: (error: unknown) => void,
): boolean {
  const prototype = getPrototypeOf(promise)!;
  const watch = prototype === Promise.prototype ? plain : watchOf(prototype);
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
          // No promise of a subclass is made for our sake.
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

/** Somebody reads `constructor`: from here on the promise is as it was. */
function attached(promise: object): void {
  const watch = getPrototypeOf(promise)!;
  if (watches.get(watch) !== watch) return;
  setPrototypeOf(promise, getPrototypeOf(watch));
  raised.get(promise)?.catch(() => {});
}
