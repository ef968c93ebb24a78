import type { WireSpan } from "./wire.ts";

export const sessionTraces: Map<string, readonly WireSpan[]> = new Map();

export function openEmbedded(): boolean {
  return false;
}
