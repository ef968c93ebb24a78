/**
 * The rooms of each folder, in the order in which they may import each other.
 *
 * @module
 */

/**
 * Each folder's rooms, the lowest first: a file may import from its own room and from those before it, never
 * from one after it. `.` is the folder itself. A folder that is not listed is one room.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [".", "redact", "plain", "runtime"],
  metrics: ["data", "instrument", "page", "runtime", "cluster", "."],
  trace: ["span", "propagation", "sampling", "."],
  log: ["record", "format", "gate", "sink", "."],
  health: [".", "checks"],
  events: ["store", "question", "why", "ask", "."],
  http: ["request", "admin", "server", "client", "."],
  db: ["sql", "query", "driver", "."],
  export: ["post", "batch", "spool", "push", "loki", "otlp/wire", "otlp"],
  slo: ["live", ".", "generate"],
  flags: ["rule", "format", "effect", "."],
  profile: ["sample", "format", "source", "capture", "keep", "."],
  console: ["page", "line", "findings", "wire", "history", "api", "state", "members", "mcp", "."],
  bridge: ["otel", "openfeature", "."],
  src: ["compose", "."],
  testing: ["exposition", "capture", "rules", "contract", "otlp", "."],
};

/** The most files of a room. */
export const MAX_FILES = 20;

/** Where a file stands: its folder, its room in it. */
export interface Place {
  readonly folder: string;
  readonly room: string;
}

/** The place of a path such as `src/metrics/page/text.ts`; `src/telltale.ts` is in the folder `src`. */
export function placeOf(path: string): Place {
  const [, ...folders] = path.split("/").slice(0, -1);
  if (folders.length === 0) return { folder: "src", room: "." };
  const [folder, ...room] = folders as [string, ...string[]];
  if (ROOMS.src!.includes(folder)) return { folder: "src", room: folder };
  return { folder, room: room.join("/") || "." };
}

/** What is wrong with an import inside one folder; undefined if `from` may import `to`. */
export function breachOfRoom(from: Place, to: Place): string | undefined {
  const rooms = ROOMS[from.folder];
  if (from.room === to.room || rooms === undefined) return undefined;
  if (rooms.indexOf(to.room) < rooms.indexOf(from.room)) return undefined;
  return `from room ${to.room}, which is not to the left of room ${from.room}`;
}

/** What is wrong with where a file lies, and with its name. */
export function breachOfPlace(path: string): string | undefined {
  const { folder, room } = placeOf(path);
  if (!(ROOMS[folder] ?? ["."]).includes(room)) return `is in no room of the room table`;
  const [own, name] = path.split("/").slice(-2) as [string, string];
  return name.startsWith(`${own}_`) ? `repeats its folder's name` : undefined;
}

/** The rooms with too many files, as `folder/room: count`. */
export function crowded(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const { folder, room } = placeOf(path);
    const name = `${folder}/${room}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > MAX_FILES).map(([name, n]) => `${name}: ${n}`);
}

/** The table as CONTRIBUTING shows it: a line for each folder. */
export function roomTable(): string[] {
  return Object.entries(ROOMS).map(([folder, rooms]) => {
    const name = folder === "src" ? "src" : `src/${folder}`;
    return `${name.padEnd(13)} ${rooms.join(" < ")}`;
  });
}
