/**
 * Profiles: what the CPU and the heap were doing, without an addon. For `go tool pprof`, flame graphs and
 * speedscope.
 *
 * @module
 */
export { cpuProfile } from "./capture/cpu_profile.ts";
export { ProfileError, type ProfileRefusal } from "./capture/error.ts";
export { heapProfile } from "./capture/heap_profile.ts";
export type { CaptureOptions, CpuProfileOptions, HeapProfileOptions } from "./capture/options.ts";
export { Profile } from "./format/profile.ts";
export type { Frame, ProfileData, Stack, ValueType } from "./sample/data.ts";
