/**
 * A profile, and the formats that it can be had in.
 *
 * @module
 */
import type { ProfileData } from "../sample/data.ts";
import { encodeFolded } from "./folded.ts";
import { encodePprof } from "./pprof.ts";
import { encodeSpeedscope } from "./speedscope.ts";

/** What the CPU or the heap was doing. Made by `cpuProfile` and `heapProfile`, or of data. */
export class Profile {
  /** Frames, stacks and values. */
  readonly data: ProfileData;

  /** Wraps the data. */
  constructor(data: ProfileData) {
    this.data = data;
  }

  /**
   * The sum of all values of a type; of the last type unless another is named.
   *
   * @throws {RangeError} for a type that it has no values of
   */
  total(type: string = this.data.types.at(-1)!.type): number {
    const index = this.data.types.findIndex((known) => known.type === type);
    if (index === -1) {
      const types = this.data.types.map(({ type }) => type).join(", ");
      throw new RangeError(`Cannot sum profile: type must be one of ${types}, got "${type}"`);
    }
    return this.data.stacks.reduce((sum, { values }) => sum + values[index]!, 0);
  }

  /** The profile for `go tool pprof`, gzipped. */
  async pprof(): Promise<Uint8Array<ArrayBuffer>> {
    const body = new Blob([encodePprof(this.data)]).stream();
    const gzipped = body.pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(gzipped).arrayBuffer());
  }

  /** The profile as folded stacks: a line for each, CPU time in microseconds or memory in bytes. */
  folded(): string {
    return encodeFolded(this.data);
  }

  /** The profile as JSON for https://www.speedscope.app. */
  speedscope(): string {
    const { kind, startMs } = this.data;
    return encodeSpeedscope(this.data, `${kind} ${new Date(startMs).toISOString()}`);
  }
}
