/**
 * The line at start that says where telemetry is exported to, or why it is not.
 *
 * @module
 */
import { receiverOf } from "../post/failure.ts";
import type { OtlpOptions } from "./options.ts";
import type { Environment, OtlpSettings } from "./settings.ts";

const SIGNALS = ["traces", "metrics", "logs"] as const;
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const ENDPOINTS: readonly string[] = /* @__PURE__ */ ["", "TRACES_", "METRICS_", "LOGS_"].map((
  signal,
) => `OTEL_EXPORTER_OTLP_${signal}ENDPOINT`);

/** Inputs of the line besides the options. */
export interface NoticeParts {
  readonly env: Environment;
  /** Whether a variable may be read. */
  readonly mayKnow: (variable: string) => boolean;
  /** Whether the process runs at a terminal. */
  readonly isTerminal: () => boolean;
}

/** `exporting traces, logs to collector:4318`: never the whole URL, which may hold a key. */
export function whereTo(settings: OtlpSettings): string {
  const signals = SIGNALS.filter((name) => settings[name]);
  const byReceiver = Map.groupBy(signals, (signal) => receiverOf(settings[signal]!.url));
  const ways = [...byReceiver].map(([receiver, names]) => `${names.join(", ")} to ${receiver}`);
  return `exporting ${ways.join("; ")}`;
}

/**
 * Why nothing is exported although the code or the environment asks for it; undefined when neither is
 * known to. A fault of a setting, which was reported, is not repeated. Variables that may not be read
 * are unknown, not unset: the line says so if the code asks for export, or at a terminal.
 */
export function whyNot(
  options: OtlpOptions | undefined,
  { env, mayKnow, isTerminal }: NoticeParts,
): string | undefined {
  const isSet = (name: string) => env(name) !== undefined;
  const given = options && SIGNALS.map((signal) => options[signal]);
  // What is wrong with an endpoint was reported; a signal that is off needs no reason.
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
