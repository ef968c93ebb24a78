/**
 * Parses regular expressions in the syntax of RE2.
 *
 * @module
 */

/** A set of characters. */
export type CharSet = (code: number) => boolean;

/** A part of a pattern. */
export type Node =
  | { readonly kind: "set"; readonly has: CharSet }
  | { readonly kind: "assert"; readonly what: Assertion }
  | { readonly kind: "all"; readonly parts: readonly Node[] }
  | { readonly kind: "any"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly least: number; readonly most: number };

/** What holds at a place, without a character. */
export type Assertion = "begin" | "end" | "line begin" | "line end" | "boundary" | "inside";

/** Flags of a part: any case, anchors at lines, `.` for line ends too. That of greed changes no match. */
interface Modes {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

const MAX_REPEAT = 1000, MAX_DEPTH = 100;

/** Parses the syntax of RE2. */
export class PatternParser {
  readonly #codes: readonly string[];
  #modes: Modes;
  #at = 0;
  #depth = 0;

  /** A parser of one pattern. */
  constructor(pattern: string, ignoreCase: boolean) {
    this.#codes = [...pattern];
    this.#modes = { i: ignoreCase, m: false, s: false };
  }

  /** The whole pattern. @throws {SyntaxError} for what is none, and for what takes more than linear time */
  parse(): Node {
    const node = this.#either();
    return this.#at < this.#codes.length ? this.#fail("unmatched )") : node;
  }

  #either(): Node {
    if (++this.#depth > MAX_DEPTH) this.#fail("too deep");
    const outer = this.#modes, parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    this.#depth--;
    // Flags in a group end with it.
    this.#modes = outer;
    return parts.length === 1 ? parts[0]! : { kind: "any", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#codes[this.#at]; next !== undefined && next !== "|" && next !== ")";) {
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
      next = this.#codes[this.#at];
    }
    return { kind: "all", parts };
  }

  #repeated(part: Node): Node {
    const [least, most] = this.#take("*")
      ? [0, Infinity]
      : this.#take("+")
      ? [1, Infinity]
      : this.#take("?")
      ? [0, 1]
      : this.#braces() ?? [1, 1];
    if (least === 1 && most === 1) return part;
    // Whether it prefers more or fewer makes no difference to whether there is a match.
    this.#take("?");
    if ("*+?".includes(this.#codes[this.#at] ?? " ") || this.#braces() !== undefined) {
      this.#fail("repeated repetition");
    }
    return { kind: "repeat", part, least, most };
  }

  /** `{n}`, `{n,}` or `{n,m}`; other braces are characters. */
  #braces(): [number, number] | undefined {
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#codes.slice(this.#at, this.#at + 12).join(""));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === "" ? Infinity : Number(found[3]);
    const largest = most === Infinity ? least : most;
    return least <= most && largest <= MAX_REPEAT ? [least, most] : this.#fail("repetition");
  }

  /** Undefined for what only sets flags. */
  #atom(): Node | undefined {
    const next = this.#codes[this.#at++]!;
    switch (next) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", has: this.#set() };
      case ".":
        return { kind: "set", has: this.#modes.s ? () => true : (code) => code !== 10 };
      case "^":
        return { kind: "assert", what: this.#modes.m ? "line begin" : "begin" };
      case "$":
        return { kind: "assert", what: this.#modes.m ? "line end" : "end" };
      case "*":
      case "+":
      case "?":
        return this.#fail("nothing to repeat");
      case "\\": {
        const assertion = ASSERTIONS[this.#codes[this.#at] ?? ""];
        if (assertion === undefined) return { kind: "set", has: this.#folded(this.#escape()) };
        this.#at++;
        return { kind: "assert", what: assertion };
      }
      default:
        return { kind: "set", has: this.#folded(one(next.codePointAt(0)!)) };
    }
  }

  #group(): Node | undefined {
    if (this.#take("?")) {
      const rest = this.#codes.slice(this.#at, this.#at + 80).join("");
      const flags = /^([imsU]*)(?:-([imsU]+))?(:|\))/.exec(rest),
        name = /^P?<[A-Za-z_]\w*>/.exec(rest);
      if (flags === null && name === null) this.#fail("group");
      this.#at += (flags ?? name!)[0].length;
      const outer = this.#modes;
      if (flags !== null) this.#modes = this.#with(flags[1]!, flags[2] ?? "");
      // For the rest of the group that it is in.
      if (flags?.[3] === ")") return undefined;
      const inner = this.#closed();
      this.#modes = outer;
      return inner;
    }
    return this.#closed();
  }

  #with(set: string, cleared: string): Modes {
    const mode = (flag: keyof Modes) =>
      !cleared.includes(flag) && (this.#modes[flag] || set.includes(flag));
    return { i: mode("i"), m: mode("m"), s: mode("s") };
  }

  #closed(): Node {
    const node = this.#either();
    return this.#take(")") ? node : this.#fail("missing )");
  }

  #set(): CharSet {
    const isNegated = this.#take("^"), parts: CharSet[] = [];
    for (let isFirst = true;; isFirst = false) {
      const next = this.#codes[this.#at];
      if (next === undefined) this.#fail("missing ]");
      if (next === "]" && !isFirst) break;
      const from = this.#member();
      const isRange = this.#codes[this.#at] === "-" && (this.#codes[this.#at + 1] ?? "]") !== "]";
      if (!isRange) {
        parts.push(this.#folded(typeof from === "number" ? one(from) : from));
        continue;
      }
      this.#at++;
      const to = this.#member();
      if (typeof from !== "number" || typeof to !== "number" || to < from) this.#fail("range");
      parts.push(this.#folded((code) => code >= (from as number) && code <= (to as number)));
    }
    this.#at++;
    return (code) => parts.some((has) => has(code)) !== isNegated;
  }

  #member(): number | CharSet {
    const next = this.#codes[this.#at++]!;
    const name = next === "[" &&
      /^:(\^?)([a-z]+):\]/.exec(this.#codes.slice(this.#at, this.#at + 12).join(""));
    if (name) {
      this.#at += name[0].length;
      const has = Object.hasOwn(POSIX, name[2]!) ? POSIX[name[2]!]! : this.#fail("class");
      return name[1] === "^" ? (code) => !has(code) : has;
    }
    return next === "\\" ? this.#escape() : next.codePointAt(0)!;
  }

  #escape(): CharSet | number {
    const next = this.#codes[this.#at++] ?? this.#fail("trailing \\");
    if (Object.hasOwn(CLASSES, next)) return CLASSES[next]!;
    const control = "t\tn\nr\rf\fv\va\x07".indexOf(next);
    if (control >= 0 && control % 2 === 0) return "t\tn\nr\rf\fv\va\x07".charCodeAt(control + 1);
    if (next === "x") {
      const hex = /^(?:([\da-f]{2})|\{([\da-f]{1,6})\})/i.exec(
        this.#codes.slice(this.#at, this.#at + 8).join(""),
      );
      if (hex === null) this.#fail("escape");
      this.#at += hex![0].length;
      return parseInt(hex![1] ?? hex![2]!, 16);
    }
    // References to groups, classes of Unicode and what is not known.
    return /[A-Za-z0-9]/.test(next) ? this.#fail("escape") : next.codePointAt(0)!;
  }

  #folded(given: CharSet | number): CharSet {
    const has = typeof given === "number" ? one(given) : given;
    return this.#modes.i ? (code) => has(code) || has(lower(code)) || has(upper(code)) : has;
  }

  #take(code: string): boolean {
    if (this.#codes[this.#at] !== code) return false;
    this.#at++;
    return true;
  }

  #fail(what: string): never {
    throw new SyntaxError(`Cannot compile a pattern: ${what}`);
  }
}

function one(wanted: number): CharSet {
  return (code) => code === wanted;
}

function lower(code: number): number {
  return String.fromCodePoint(code).toLowerCase().codePointAt(0)!;
}

function upper(code: number): number {
  return String.fromCodePoint(code).toUpperCase().codePointAt(0)!;
}

const among = (pattern: RegExp): CharSet => (code) => pattern.test(String.fromCodePoint(code));
const not = (has: CharSet): CharSet => (code) => !has(code);
const digit = among(/[0-9]/), space = among(/[\t\n\f\r ]/);
/** Letters, digits and `_`. */
export const word: CharSet = among(/[0-9A-Za-z_]/);

const CLASSES: Readonly<Record<string, CharSet>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
};

const POSIX: Readonly<Record<string, CharSet>> = {
  alnum: among(/[0-9A-Za-z]/),
  alpha: among(/[A-Za-z]/),
  digit,
  lower: among(/[a-z]/),
  punct: among(/[!-/:-@[-`{-~]/),
  space: among(/[\t\n\v\f\r ]/),
  upper: among(/[A-Z]/),
  word,
  xdigit: among(/[0-9A-Fa-f]/),
};

const ASSERTIONS: Readonly<Record<string, Assertion | undefined>> = {
  A: "begin",
  z: "end",
  b: "boundary",
  B: "inside",
};
