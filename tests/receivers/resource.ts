import type { Attributes } from "../../src/core/attributes.ts";

/**
 * The resource of what is sent, with a value of every type: of a map, which OTLP has too, the type of
 * attributes knows nothing.
 */
export const RESOURCE = {
  "service.instance.id": "a",
  "deployment.environment.name": "test",
  "process.pid": 7,
  "host.load": 0.5,
  "host.is_virtual": true,
  "process.command_args": ["deno", "run"],
  "k8s.labels": { app: { name: "orders", ports: [80, 443] } },
} as object as Attributes;
