/**
 * The resource: the identity of the service, its version and instance.
 *
 * @module
 */
import type { Attributes } from "./attributes.ts";
import { check } from "./check.ts";
import { deno, environment, nodeProcess, runtime } from "./platform.ts";

/** The identity of a service; each part may also come from the environment. */
export interface ResourceOptions {
  /**
   * `service.name`.
   *
   * @default `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`
   */
  readonly service?: string | undefined;
  /** `service.version`. */
  readonly version?: string | undefined;
  /** `deployment.environment.name`. */
  readonly environment?: string | undefined;
  /**
   * `service.instance.id`.
   *
   * @default a random UUID
   */
  readonly instanceId?: string | undefined;
}

/** The identity of this process, as OpenTelemetry's resource conventions name it. */
export interface Resource {
  /** `service.name`. */
  readonly service: string;
  /** `service.version`. */
  readonly version: string | undefined;
  /** `deployment.environment.name`. */
  readonly environment: string | undefined;
  /** `service.instance.id`. */
  readonly instanceId: string;
  /** All attributes, with those of the environment, under the names of the semantic conventions. */
  readonly attributes: Attributes;
}

/**
 * Makes the resource: options win over the environment, the environment over defaults.
 *
 * @param onError called with the error of a variable that can't be parsed, which then counts as unset
 */
export function resource(
  options: ResourceOptions = {},
  env: (name: string) => string | undefined = environment,
  onError?: (error: unknown) => void,
): Resource {
  for (const name of ["service", "version", "environment", "instanceId"] as const) {
    const value: unknown = options[name];
    const isRight = value === undefined || typeof value === "string";
    check(isRight, "name the service", `${name} must be a string`, value, TypeError);
  }
  const given = parseResourceAttributes(env("OTEL_RESOURCE_ATTRIBUTES") ?? "", onError);
  const service = options.service ?? env("OTEL_SERVICE_NAME") ?? given["service.name"] ??
    `unknown_service:${runtime.name}`;
  const version = options.version ?? given["service.version"];
  const environmentName = options.environment ?? given["deployment.environment.name"];
  const instanceId = options.instanceId ?? given["service.instance.id"] ?? crypto.randomUUID();
  const attributes: Record<string, string | number> = {
    ...given,
    "service.name": service,
    "service.instance.id": instanceId,
    "process.pid": deno?.pid ?? nodeProcess().pid,
    "process.runtime.name": runtime.name,
    "process.runtime.version": runtime.version,
    "telemetry.sdk.name": "telltale",
    "telemetry.sdk.language": "webjs",
    "telemetry.sdk.version": VERSION,
  };
  if (version !== undefined) attributes["service.version"] = version;
  if (environmentName !== undefined) attributes["deployment.environment.name"] = environmentName;
  return { service, version, environment: environmentName, instanceId, attributes };
}

/**
 * Parses `key=value,key=value` with percent-encoded keys and values, as OpenTelemetry prescribes it for
 * variables. When any member is invalid, all are discarded.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable}
 * @param onError called with the error, which does not contain the value: it may be a secret
 */
export function parseResourceAttributes(
  text: string,
  onError?: (error: unknown) => void,
): Record<string, string> {
  try {
    return parsePairs("OTEL_RESOURCE_ATTRIBUTES", text);
  } catch (error) {
    onError?.(error);
    return {};
  }
}

/**
 * Parses the pairs of such a variable.
 *
 * @throws {SyntaxError} for a member without a key or a `=`, or an invalid percent-sequence
 */
export function parsePairs(variable: string, text: string): Record<string, string> {
  const members = text.split(",").map((member) => member.trim()).filter((member) => member !== "");
  return Object.fromEntries(members.map((member, i) => {
    const at = member.indexOf("=");
    if (at < 1) throw new SyntaxError(`Cannot read ${variable}: member ${i + 1} is not key=value`);
    const key = member.slice(0, at).trim();
    try {
      return [decodeURIComponent(key), decodeURIComponent(member.slice(at + 1).trim())];
    } catch {
      const where = JSON.stringify(key);
      throw new SyntaxError(`Cannot read ${variable}: ${where} has an invalid percent-sequence`);
    }
  }));
}

/** The version of `deno.json`; a test compares them. */
export const VERSION = "0.1.0";
