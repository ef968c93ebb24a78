/**
 * Who is speaking: the service, its version and instance.
 *
 * @module
 */
import type { Attributes } from "./attributes.ts";
import { deno, environment, nodeProcess, runtime } from "./platform.ts";

/** What names a service; each may also come from the environment. */
export interface ResourceOptions {
  /** `service.name`; else `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly service?: string | undefined;
  /** `service.version`. */
  readonly version?: string | undefined;
  /** `deployment.environment.name`. */
  readonly environment?: string | undefined;
  /** `service.instance.id`; else a random UUID. */
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
  /** All of it and what the environment added, under the names of the semantic conventions. */
  readonly attributes: Attributes;
}

/** Composes the resource: options win over the environment, the environment over defaults. */
export function resource(
  options: ResourceOptions = {},
  env: (name: string) => string | undefined = environment,
): Resource {
  for (const name of ["service", "version", "environment", "instanceId"] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`Cannot name the service: ${name} must be a string, got ${typeof value}`);
  }
  const given = parseResourceAttributes(env("OTEL_RESOURCE_ATTRIBUTES") ?? "");
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
  };
  if (version !== undefined) attributes["service.version"] = version;
  if (environmentName !== undefined) attributes["deployment.environment.name"] = environmentName;
  return { service, version, environment: environmentName, instanceId, attributes };
}

/**
 * Parses `key=value,key=value` with percent-encoded values (the Baggage form that the OpenTelemetry
 * environment specification prescribes). A member that can't be read is left out.
 */
export function parseResourceAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const member of text.split(",")) {
    const at = member.indexOf("=");
    const key = member.slice(0, at).trim();
    if (at < 1 || key === "" || key === "__proto__") continue;
    try {
      attributes[key] = decodeURIComponent(member.slice(at + 1).trim());
    } catch {
      // A broken percent-sequence names nothing.
    }
  }
  return attributes;
}
