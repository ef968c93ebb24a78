/**
 * The rules of the house that a test can hold: which folder may import which, and where the runtime's
 * globals may be named.
 *
 * @module
 */
import { type Import, imports } from "./imports.ts";
import { breachOfPlace, breachOfRoom, placeOf } from "./rooms.ts";
import { type Token, tokens } from "./tokens.ts";

/** One source file; the path is relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

/** A file may import those of its own folder and of lower floors; never of a sibling. */
export const FLOORS: readonly { readonly folders: readonly string[]; readonly floor: number }[] = [
  { folders: ["core"], floor: 0 },
  { folders: ["metrics", "trace", "log", "health", "events"], floor: 1 },
  { folders: ["http", "export", "slo", "flags", "db", "profile"], floor: 2 },
  { folders: ["console", "bridge"], floor: 3 },
  { folders: ["src"], floor: 4 },
  { folders: ["serve", "testing", "cli"], floor: 5 },
];

/** The roof: may import every folder, and no file may import it. */
const ROOF = "mod.ts";

const GLOBALS = new Set(["Deno", "Bun"]);
const GLOBALS_ALLOWED = /^src\/(core\/platform\.ts|serve\/[^/]+\.ts)$/;

/** Every breach of the rules in these files, as `path:line: what`. */
export function breaches(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  return files.flatMap((file) => {
    const complain = (line: number, what: string): string => `${file.path}:${line}: ${what}`;
    const floor = floorOf(file.path);
    if (floor === undefined) return [complain(1, "is in no folder of the floor table")];
    const all = tokens(file.source);
    const misplaced = file.path === ROOF ? undefined : breachOfPlace(file.path);
    return [
      ...(misplaced === undefined ? [] : [complain(1, misplaced)]),
      ...imports(file.source).flatMap((entry) => {
        const what = breachOfImport(file.path, entry, paths);
        return what === undefined ? [] : [complain(entry.line, what)];
      }),
      ...all.flatMap((token, i) => {
        const what = breachOfToken(file.path, token, all[i + 1]);
        return what === undefined ? [] : [complain(token.line, what)];
      }),
      ...(isMod(file.path) ? breachesOfMod(all, complain) : []),
    ];
  });
}

function breachOfImport(
  path: string,
  { form, specifier, attributes }: Import,
  paths: ReadonlySet<string>,
): string | undefined {
  if (specifier === undefined) {
    // The platform asks for the main module, and the command line for that which it is given.
    const mayAsk = path === "src/core/platform.ts" || path === "src/cli/main.ts";
    return mayAsk ? undefined : "imports what only run time knows";
  }
  if (attributes) return `imports "${specifier}" with attributes, which Node can't`;
  if (specifier.startsWith("node:")) return undefined;
  if (!/^\.\.?\//.test(specifier)) return `imports "${specifier}", neither relative nor node:`;
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (!paths.has(target)) return `imports ${target}, which is no file under src`;
  if (path === ROOF) return undefined;
  if (isMod(target)) return `imports ${target}; import the file that it re-exports`;
  if (folderOf(path) === folderOf(target)) {
    // It may show all rooms of its folder.
    const what = isMod(path) ? undefined : breachOfRoom(placeOf(path), placeOf(target));
    return what === undefined ? undefined : `imports ${target} ${what}`;
  }
  if (floorOf(target)! < floorOf(path)!) return undefined;
  return `${form === "export" ? "re-exports" : "imports"} ${target} from floor ${
    floorOf(target)
  }, but is on floor ${floorOf(path)}`;
}

function breachOfToken(path: string, token: Token, next: Token | undefined): string | undefined {
  if (token.kind !== "word") return undefined;
  if (GLOBALS.has(token.text) && !GLOBALS_ALLOWED.test(path)) {
    return `names ${token.text} outside core/platform.ts and serve/`;
  }
  const nextIsWord = next?.kind === "word";
  if (token.text === "declare" && nextIsWord && next.text === "global") return "declares a global";
  // A declaration, not a property of that name: a word follows on the same line.
  if (!nextIsWord || next.line !== token.line) return undefined;
  if (token.text === "enum") return "declares an enum, which is not erasable";
  if (token.text === "namespace") return "declares a namespace, which is not erasable";
  if (token.text === "using" && next.text !== "of" && next.text !== "in") {
    return "has a using statement, which Node 22 can't read";
  }
  return undefined;
}

/** A `mod.ts` holds statements `export … from "…"` and nothing else. */
function breachesOfMod(
  all: readonly Token[],
  complain: (line: number, what: string) => string,
): string[] {
  let i = 0;
  while (i < all.length) {
    const start = all[i]!;
    while (i < all.length && all[i]!.text !== ";" && all[i]!.kind !== "string") i++;
    if (start.text !== "export" || all[i]?.kind !== "string" || all[i - 1]?.text !== "from") {
      return [complain(start.line, "is a mod.ts, but does more than re-export")];
    }
    i++;
    if (all[i]?.text === ";") i++;
  }
  return [];
}

function isMod(path: string): boolean {
  return path === ROOF || path.endsWith("/mod.ts");
}

/** The floor's number, Infinity for the roof, undefined for a folder that the table lacks. */
function floorOf(path: string): number | undefined {
  if (path === ROOF) return Infinity;
  return FLOORS.find(({ folders }) => folders.includes(folderOf(path)))?.floor;
}

/** `core` of `src/core/clock.ts`; `src` of `src/telltale.ts` and the rooms beside it. */
function folderOf(path: string): string {
  return placeOf(path).folder;
}
