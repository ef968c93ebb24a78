/**
 * Where queries go.
 *
 * @module
 */

/** A database and its server, as the semantic conventions name them. */
export interface Target {
  /** `db.system.name`: `postgresql`, `mysql`, `sqlite`, `redis`. */
  readonly system: string;
  /** `db.namespace`; empty when it is not known. */
  readonly namespace: string;
  /** `server.address`; empty for a database in the process. */
  readonly host: string;
  /** `server.port`; undefined when it is not known. */
  readonly port: number | undefined;
}

/** The port of a server that is not named, because it is the usual one. */
const USUAL_PORTS: Readonly<Record<string, number>> = {
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  redis: 6379,
};

/** A target from what a driver says of it, which may be anything. */
export function targetOf(
  system: string,
  namespace: unknown,
  host: unknown = "",
  port: unknown = undefined,
): Target {
  const number = typeof port === "string" ? Number(port) : port;
  return {
    system,
    namespace: typeof namespace === "string" || typeof namespace === "number"
      ? String(namespace)
      : "",
    host: typeof host === "string" ? host : "",
    port: Number.isInteger(number) && number !== USUAL_PORTS[system] ? number as number : undefined,
  };
}
