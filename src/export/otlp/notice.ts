/**
 * The one line at start: where export goes, or why nowhere.
 *
 * @module
 */
import { receiverOf } from "../post/failure.ts";
import type { OtlpOptions } from "./options.ts";
import type { Environment, OtlpSettings } from "./settings.ts";

const SIGNALS = ["traces", "metrics", "logs"] as const;
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const ENDPOINTS: readonly string[] = [
  ENDPOINT,
  ...SIGNALS.map((signal) => `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`),
];

/** What the line depends on besides the settings. */
export interface NoticeParts {
  readonly env: Environment;
  /** Whether a variable may be read. */
  readonly mayKnow: (variable: string) => boolean;
  /** Whether a person watches. */
  readonly isTerminal: () => boolean;
}

/** `traces, logs to collector:4318`: never the whole URL, which may hold a key. */
export function whereTo(settings: OtlpSettings): string {
  const signals = SIGNALS.filter((name) => settings[name]);
  const byReceiver = Map.groupBy(signals, (signal) => receiverOf(settings[signal]!.url));
  const ways = [...byReceiver].map(([receiver, names]) => `${names.join(", ")} to ${receiver}`);
  return `exporting ${ways.join("; ")}`;
}

/**
 * Why nothing is exported although somebody wants it; undefined when nobody is known to. What was
 * told as a fault of a setting is not said again. Variables that may not be read are unknown, not
 * unset: that is said where the code asks for export, and to who tries things at a terminal.
 */
export function whyNot(
  options: OtlpOptions | undefined,
  { env, mayKnow, isTerminal }: NoticeParts,
): string | undefined {
  const isSet = (name: string) => env(name) !== undefined;
  const given = options && SIGNALS.map((signal) => options[signal]);
  // Where a signal has an endpoint, what is wrong with it was told; one that is off, is off.
  if (given?.every((own) => own === false || own?.endpoint !== undefined)) return undefined;
  const isKnown = options?.endpoint !== undefined || ENDPOINTS.some(isSet);
  if (env("OTEL_SDK_DISABLED")?.toLowerCase() === "true") {
    return given || isKnown ? "nothing is exported: OTEL_SDK_DISABLED is true" : undefined;
  }
  if (isKnown) return undefined;
  if (mayKnow(ENDPOINT)) {
    return given && `nothing is exported: no endpoint is given, and ${ENDPOINT} is not set`;
  }
  if (given) return `nothing is exported: no endpoint is given, and ${ENDPOINT} needs --allow-env`;
  return isTerminal() ? "OTEL_* variables count as unset without --allow-env" : undefined;
}
