/**
 * The state that Unleash's stream of events adds up to.
 *
 * @module
 */

/** A file of Unleash, whose parts are yet to be looked at. */
export interface UnleashState {
  /** The features. */
  readonly features?: unknown;
  /** The segments. */
  readonly segments?: unknown;
}

interface Event {
  readonly type?: unknown;
  readonly feature?: { readonly name?: unknown } | null;
  readonly featureName?: unknown;
  readonly segment?: { readonly id?: unknown } | null;
  readonly segmentId?: unknown;
  readonly features?: unknown;
  readonly segments?: unknown;
}

/**
 * The state after the events of a file, where it has events: a hydration is a whole state, the others
 * change it. An event of an unknown type changes nothing, as in Unleash's clients.
 */
export function stateOf(data: unknown): UnleashState | null {
  const { events } = (data ?? {}) as { events?: unknown };
  if (!Array.isArray(events)) return data as UnleashState | null;
  const features = new Map<unknown, unknown>(), segments = new Map<unknown, unknown>();
  for (const event of events as (Event | null)[]) {
    switch (event?.type) {
      case "hydration":
        features.clear();
        segments.clear();
        for (const one of listOf(event.features)) {
          features.set((one as Event["feature"])?.name, one);
        }
        for (const one of listOf(event.segments)) segments.set((one as Event["segment"])?.id, one);
        break;
      case "feature-updated":
        features.set(event.feature?.name, event.feature);
        break;
      case "feature-removed":
        features.delete(event.featureName);
        break;
      case "segment-updated":
        segments.set(event.segment?.id, event.segment);
        break;
      case "segment-removed":
        segments.delete(event.segmentId);
        break;
    }
  }
  return { features: [...features.values()], segments: [...segments.values()] };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
