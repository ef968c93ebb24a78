/**
 * Profiles as the inspector of a runtime gives them.
 *
 * @see {@link https://chromedevtools.github.io/devtools-protocol/v8/Profiler/}
 * @module
 */

/** A function, by its place in the code that runs: lines and columns from 0, -1 for none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A function called by a certain stack. */
export interface CpuNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
  /** Samples by line, from 1. A line may come more than once. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** A CPU profile; times are in microseconds, from a zero that depends on the runtime. */
export interface RawCpu {
  readonly nodes: readonly CpuNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Ids of nodes. */
  readonly samples?: readonly number[];
  /** From the sample before, or from the start. Some are negative. */
  readonly timeDeltas?: readonly number[];
}

/** An allocating function, with the bytes that live, of what it allocated itself. */
export interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}
