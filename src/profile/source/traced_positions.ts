/**
 * Positions in TypeScript, where the runtime transpiles it and keeps the map to itself: they are read off
 * stack traces, which it does translate.
 *
 * @module
 */
import { nodeProcess } from "../../core/platform.ts";

/** `    at name (file:///main.ts:1:2)`, or without the name. */
const FRAME = /^\s*at (?:.* \()?(.+):(\d+):\d+\)?$/m;

interface ErrorClass {
  stackTraceLimit?: unknown;
  prepareStackTrace?: unknown;
}

/**
 * The position in the source of one in the code that runs: that of an error which a script of the same
 * name makes at the same place. Costs 0.1 ms. Undefined when the trace can't be had.
 *
 * @param line from 1
 * @param column from 0
 */
export function tracedPosition(
  url: string,
  line: number,
  column: number,
): { url: string; line: number } | undefined {
  const { runInThisContext } = nodeProcess().getBuiltinModule("node:vm");
  const errors = Error as ErrorClass;
  const { stackTraceLimit, prepareStackTrace } = errors;
  try {
    errors.stackTraceLimit = 1;
    // The application's own would make something else of the stack.
    errors.prepareStackTrace = undefined;
    const options = { filename: url, lineOffset: line - 1, columnOffset: column };
    const stack: unknown = runInThisContext("new Error().stack", options);
    const [, file, found] = FRAME.exec(String(stack)) ?? [];
    return file === undefined ? undefined : { url: file, line: Number(found) };
  } catch {
    return undefined;
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
    errors.prepareStackTrace = prepareStackTrace;
  }
}
