/**
 * A sink that writes lines to a file and rotates it.
 *
 * @module
 */
import { systemClock } from "../../core/clock.ts";
import { check, checkNumber, checkWhole, type Known, requireKnown } from "../../core/check.ts";
import { mayRead, mayWrite } from "../../core/platform.ts";
import { encoderOf, type LogFormat } from "../format/format.ts";
import { LineSink } from "./line.ts";
import { LINE_OPTIONS, type LineSinkOptions } from "./line_options.ts";
import { RotatingFile, type Rotation } from "./rotating_file.ts";

/** Settings of a {@linkcode FileSink}. */
export interface FileOptions extends LineSinkOptions {
  /** The file that lines are appended to, in a folder that exists. */
  readonly path: string;
  /** The format of the lines. @default `json` */
  readonly format?: LogFormat | undefined;
  /** A line that would make the file larger goes to a new one. @default 64 MiB */
  readonly maxFileBytes?: number | undefined;
  /** How often a new file is started, counted from midnight UTC: 86 400 000 is daily. @default never */
  readonly rotateEveryMs?: number | undefined;
  /** How many earlier files are kept, as `path.1` (the latest), `path.2`, …. @default 5 */
  readonly keep?: number | undefined;
}

const KNOWN: Known<FileOptions> = {
  ...LINE_OPTIONS,
  path: true,
  format: true,
  maxFileBytes: true,
  rotateEveryMs: true,
  keep: true,
};

/**
 * Appends records to a file, and starts a new one when it is large or old. While the disk is full, lines
 * wait in their queue, and are written when there is room again.
 *
 * When another program moves the file away (`logrotate`), or another process of the same service
 * rotates it, lines go on at `path` within a second. Lines of several processes never mix,
 * but only one of them should rotate: give each its own path, or the others `maxFileBytes: Infinity`.
 *
 * On Deno it needs `--allow-write` and, to rename files, `--allow-read` for `path`, `path.1`, … With
 * `keep: 0` writing is enough; then a file that was moved away is not noticed.
 *
 * @example
 * ```ts
 * import { FileSink, LogfmtEncoder, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, readFileSync } from "node:fs";
 *
 * const path = `${mkdtempSync("/tmp/log-")}/app.log`;
 * const sink = new FileSink({ path, format: new LogfmtEncoder(), keep: 3 });
 * const log = new Logger({ sinks: [sink] });
 * log.info("ready");
 * log.close();
 * assert.match(readFileSync(path, "utf8"), /^time=\S+ level=info msg=ready\n$/);
 * ```
 */
export class FileSink extends LineSink {
  /**
   * Opens the file.
   *
   * @throws {RangeError} when a number is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind, or a permission is missing
   * @throws {Error} of the system when the file can't be opened
   */
  constructor(options: FileOptions) {
    requireKnown("log to file", options, KNOWN);
    const { path, clock = systemClock } = options;
    const rotation = checkedRotation(options);
    const encoder = encoderOf(options.format ?? "json");
    const open = (fail: (error: unknown) => void) => new RotatingFile(path, rotation, clock, fail);
    super(`file ${path}`, open, encoder, options);
  }
}

function checkedRotation(options: FileOptions): Rotation {
  const { path, maxFileBytes = 64 * 1024 * 1024, rotateEveryMs = Infinity, keep = 5 } = options;
  const refuse = `Cannot log to file ${JSON.stringify(path)}`;
  const isPath = typeof path === "string" && path !== "";
  check(isPath, "log to file", "path must be a non-empty string", path, TypeError);
  checkNumber("log to file", "maxFileBytes", maxFileBytes, 1);
  checkNumber("log to file", "rotateEveryMs", rotateEveryMs, 1);
  checkWhole("log to file", "keep", keep, 0, 1000);
  // A prompt in the middle of a write would block the service until somebody answers.
  const rotates = maxFileBytes !== Infinity || rotateEveryMs !== Infinity;
  for (let i = 0; i <= (rotates ? keep : 0); i++) {
    const file = i === 0 ? path : `${path}.${i}`;
    if (!mayWrite(file)) {
      throw new TypeError(`${refuse}: --allow-write is needed for ${JSON.stringify(file)}`);
    }
    if (keep > 0 && rotates && !mayRead(file)) {
      throw new TypeError(
        `${refuse}: --allow-read is needed for ${
          JSON.stringify(file)
        } to rotate (not with keep: 0)`,
      );
    }
  }
  return { maxFileBytes, everyMs: rotateEveryMs, keep };
}
