/**
 * Health alone: `deno run examples/health_only.ts` has three checks, one of them slow, and prints the state as it
 * changes.
 */
import { HealthRegistry } from "../src/health/mod.ts";

const health = new HealthRegistry();
let stock = 12, isConnected = false;

health.check("database", () => isConnected, { ttlMs: 0 });
health.check("stock", () => ({
  status: stock > 0 ? "UP" : "DEGRADED",
  description: `${stock} left`,
}), { ttlMs: 0 });
// A check that hangs counts as failed when its time is over. Without mail the service is only degraded.
health.check("mail", () => new Promise<void>(() => {}), { timeoutMs: 20, critical: false });

health.onChange(({ component, from, to }) => {
  console.log(`${component}: ${from ?? "unknown"} -> ${to}`);
});

await health.refresh();
isConnected = true;
stock = 0;
const { status, components } = await health.refresh();
for (const [name, { status, description, error }] of Object.entries(components)) {
  console.log(`${name} is ${status}${description ?? error ? `: ${description ?? error}` : ""}`);
}
console.log(`the service is ${status}`);
await health.close();
