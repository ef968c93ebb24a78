/**
 * A test runner's output, file by file: one line for a file that is green, everything for one that
 * is not. Both runtimes' own formats are read, so that the tests need no reporter of their own.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/** What a run adds up to. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How one runtime's runner writes. */
export interface Format {
  /** The file that a line begins the tests of. */
  readonly file: RegExp;
  /** A test that ended: its word stands for how. */
  readonly test: RegExp;
  readonly words: Readonly<Record<string, keyof Totals>>;
  /** The line after which nothing belongs to a file any more. */
  readonly end: RegExp;
  /** A fault outside any test. */
  readonly fault: RegExp;
  /** The run's own count, wherever it stands; undefined when the run never got that far. */
  readonly totals: (output: string) => Totals | undefined;
}

export const DENO: Format = {
  file: /^running \d+ tests? from (\S+)$/,
  test: /^\S.* \.\.\. (ok|FAILED|ignored|cancelled)(?: |$)/,
  words: { ok: "passed", FAILED: "failed", cancelled: "failed", ignored: "skipped" },
  end: /^ ERRORS $|^(?:ok|FAILED) \| \d+ passed/,
  fault: /\(uncaught error\)/,
  totals(output) {
    const found = output.matchAll(
      /^(?:ok|FAILED) \| (\d+) passed[^|]*\| (\d+) failed[^|\n]*(?:\| (\d+) ignored)?/gm,
    );
    const last = [...found].at(-1);
    if (last === undefined) return undefined;
    return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
  },
};

export const BUN: Format = {
  file: /^(\S+_test\.ts):$/,
  test: /^\((pass|fail|skip|todo)\) /,
  words: { pass: "passed", fail: "failed", skip: "skipped", todo: "skipped" },
  // It shows once more what was skipped and what failed.
  end: /^ *\d+ pass$|^\d+ tests? (?:skipped|failed|todo):$/,
  fault: /^# Unhandled error between tests/,
  totals(output) {
    const count = (what: string): number =>
      Number([...output.matchAll(new RegExp(`^ *(\\d+) ${what}$`, "gm"))].at(-1)?.[1] ?? 0);
    if (!/^Ran \d+ tests? /m.test(output)) return undefined;
    return { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") };
  },
};

const WHY_LINES = 16;
const WHY_LENGTH = 800;

/** The first line, which says where, and the end of the others. */
function why([first, ...lines]: readonly string[]): string {
  const text = stripVTControlCharacters(lines.filter((line) => line.trim() !== "").join("\n"));
  return `${first}\n${text.slice(-WHY_LENGTH)}`;
}

/** Reads output as it comes, and writes what a person wants to see of it. */
export class Report {
  readonly #format: Format;
  readonly #write: (text: string) => void;
  /** Why tests of a file were skipped, by the end of its path. */
  readonly #reasons: (file: string) => readonly string[];
  #file: string | undefined;
  #lines: string[] = [];
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #rest = "";
  #tail: string[] | undefined;
  #unexplained = 0;
  #all = "";
  readonly #failures: string[] = [];

  constructor(
    format: Format,
    write: (text: string) => void,
    reasons: (file: string) => readonly string[] = () => [],
  ) {
    this.#format = format;
    this.#write = write;
    this.#reasons = reasons;
  }

  /** Takes text as it comes, cut anywhere. */
  take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }

  /** What the run adds up to; `success` is what its exit code says. */
  end(success: boolean): Totals {
    this.take("\n");
    this.#close();
    const totals = this.#format.totals(this.#all) ?? { passed: 0, failed: 0, skipped: 0 };
    // A runner that fails without a failed test (an import that throws) is one failure as well.
    const failed = success ? totals.failed : Math.max(1, totals.failed);
    // What follows the last file is the runner's own account of what failed.
    if (failed > 0 && this.#tail !== undefined) this.#write(`${this.#tail.join("\n")}\n`);
    return { ...totals, failed: failed + this.#unexplained };
  }

  /** Each failed test with its file and the lines that say why, for the end of a long log. */
  get failures(): readonly string[] {
    const tail = stripVTControlCharacters(this.#tail?.join("\n") ?? "").split("\n");
    return this.#failures.map((failure) => {
      // Deno tells the errors of all files after the last one.
      const at = tail.findIndex((line) => line.startsWith(`${failure} => `));
      return at < 0 ? failure : why(tail.slice(at, at + WHY_LINES));
    });
  }

  #line(text: string): void {
    const plain = stripVTControlCharacters(text);
    this.#all += plain + "\n";
    if (this.#tail !== undefined) return void this.#tail.push(text);
    const file = this.#format.file.exec(plain)?.[1];
    if (file !== undefined) {
      this.#close();
      this.#file = file;
    } else if (this.#format.end.test(plain)) {
      this.#close();
      this.#tail = [text];
    } else {
      this.#lines.push(text);
      this.#count(plain);
    }
  }

  #count(line: string): void {
    const word = this.#format.test.exec(line)?.[1];
    const kind = word === undefined ? undefined : this.#format.words[word];
    if (kind !== undefined) this.#counts[kind]++;
    else if (this.#format.fault.test(line)) this.#counts.failed++;
    if (kind === "failed") this.#failures.push(this.#failure(line));
  }

  /** Deno: the name that its account of errors begins with; Bun: what stands above the test's line. */
  #failure(line: string): string {
    if (this.#format === DENO) return line.replace(/ \.\.\. \w+(?: \(.*\))?$/, "");
    return why([`${this.#file}`, ...this.#lines.slice(-WHY_LINES)]);
  }

  #close(): void {
    const lines = this.#lines, file = this.#file, { passed, failed, skipped } = this.#counts;
    this.#lines = [];
    this.#counts = { passed: 0, failed: 0, skipped: 0 };
    this.#file = undefined;
    if (file === undefined) {
      // Before the first file: what was installed, type errors, a module that does not load.
      if (lines.some((line) => line.trim() !== "")) this.#write(`${lines.join("\n")}\n`);
      return;
    }
    if (passed + failed + skipped === 0) return; // A source without an example.
    const reasons = skipped === 0 ? [] : this.#reasons(file);
    const silent = skipped > 0 && reasons.length === 0;
    if (silent) this.#unexplained++;
    const why = silent ? " (no reason given: see tests/tool.ts)" : ` (${reasons.join("; ")})`;
    this.#write(
      `${failed > 0 || silent ? "FAILED" : "ok    "} ${file}  ${passed} passed` +
        (failed === 0 ? "" : `, ${failed} failed`) +
        (skipped === 0 ? "" : `, ${skipped} skipped${why}`) + "\n",
    );
    if (failed > 0) this.#write(`${lines.join("\n")}\n`);
  }
}
