/** Shapes that a transpiler erases, so that lines differ. */
interface Erased {
  readonly first: number;
  readonly second: number;
}

/** The same work for each call, in a function that is too large to be inlined. */
export function kernel(seed: number): number {
  let x = seed | 0;
  for (let i = 0; i < 4000; i++) {
    x = (x ^ (x << 13)) + 1;
    x = x ^ (x >>> 17);
    x = (x ^ (x << 5)) + 3;
    x = x ^ (x >>> 7);
    x = (x ^ (x << 11)) + 5;
    x = x ^ (x >>> 19);
    x = (x ^ (x << 3)) + 7;
    x = x ^ (x >>> 9);
    x = (x ^ (x << 15)) + 9;
    x = x ^ (x >>> 4);
    x = (x ^ (x << 7)) + 11;
    x = x ^ (x >>> 21);
    x = (x ^ (x << 9)) + 13;
    x = x ^ (x >>> 13);
    x = (x ^ (x << 2)) + 15;
    x = x ^ (x >>> 8);
    x = (x ^ (x << 6)) + 17;
    x = x ^ (x >>> 10);
    x = (x ^ (x << 12)) + 19;
    x = x ^ (x >>> 3);
    x = (x ^ (x << 4)) + 21;
    x = x ^ (x >>> 16);
    x = (x ^ (x << 14)) + 23;
    x = x ^ (x >>> 5);
  }
  return x;
}

/**
 * Three parts of the work. Each frame has work after its calls, or it would be a tail call; and so much that
 * no compiler inlines it, whatever ran before: an inlined function is not in a profile of Bun.
 */
export function burnThree(seed: number): number {
  const parts: Erased = { first: kernel(seed), second: kernel(seed + 1) };
  let x = kernel(seed + 2) + parts.first + parts.second;
  x = (x ^ (x << 13)) + 1;
  x = x ^ (x >>> 17);
  x = (x ^ (x << 5)) + 3;
  x = x ^ (x >>> 7);
  x = (x ^ (x << 11)) + 5;
  x = x ^ (x >>> 19);
  x = (x ^ (x << 3)) + 7;
  x = x ^ (x >>> 9);
  x = (x ^ (x << 15)) + 9;
  x = x ^ (x >>> 4);
  x = (x ^ (x << 7)) + 11;
  x = x ^ (x >>> 21);
  x = (x ^ (x << 9)) + 13;
  x = x ^ (x >>> 13);
  x = (x ^ (x << 2)) + 15;
  x = x ^ (x >>> 8);
  x = (x ^ (x << 6)) + 17;
  x = x ^ (x >>> 10);
  x = (x ^ (x << 12)) + 19;
  x = x ^ (x >>> 3);
  x = (x ^ (x << 4)) + 21;
  x = x ^ (x >>> 16);
  x = (x ^ (x << 14)) + 23;
  x = x ^ (x >>> 5);
  return x;
}

/** One part of the work. */
export function burnOne(seed: number): number {
  let x = kernel(seed);
  x = (x ^ (x << 13)) + 1;
  x = x ^ (x >>> 17);
  x = (x ^ (x << 5)) + 3;
  x = x ^ (x >>> 7);
  x = (x ^ (x << 11)) + 5;
  x = x ^ (x >>> 19);
  x = (x ^ (x << 3)) + 7;
  x = x ^ (x >>> 9);
  x = (x ^ (x << 15)) + 9;
  x = x ^ (x >>> 4);
  x = (x ^ (x << 7)) + 11;
  x = x ^ (x >>> 21);
  x = (x ^ (x << 9)) + 13;
  x = x ^ (x >>> 13);
  x = (x ^ (x << 2)) + 15;
  x = x ^ (x >>> 8);
  x = (x ^ (x << 6)) + 17;
  x = x ^ (x >>> 10);
  x = (x ^ (x << 12)) + 19;
  x = x ^ (x >>> 3);
  x = (x ^ (x << 4)) + 21;
  x = x ^ (x >>> 16);
  x = (x ^ (x << 14)) + 23;
  x = x ^ (x >>> 5);
  return x + 1;
}

/** Calls of so many functions are not inlined. */
const WORK: readonly ((seed: number) => number)[] = [
  burnThree,
  burnOne,
  (seed) => seed + 1,
  (seed) => seed + 2,
  (seed) => seed + 3,
  (seed) => seed + 4,
  (seed) => seed + 5,
  (seed) => seed + 6,
];

/** All of it, in turn: three parts of four in one function, one in the other. */
export function burn(rounds: number): number {
  let sum = 0;
  for (let i = 0; i < rounds * WORK.length; i++) sum += WORK[i % WORK.length]!(i);
  return sum;
}
