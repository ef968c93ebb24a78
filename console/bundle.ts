/**
 * Bundles the page's first script and its parts; run by Bun, prints them as JSON. Modules that the first
 * script reaches are in it, and parts take them from there; what several parts reach, and the first script
 * does not, is the part `shared`.
 *
 * @module
 */
import { join } from "node:path";
import type { Script, Scripts } from "./build.ts";
import { OTHER_PARTS, VIEWS } from "./views.ts";

interface Plugin {
  readonly name: string;
  setup(build: Setup): void;
}

interface Setup {
  onResolve(
    options: { filter: RegExp; namespace?: string },
    callback: (args: { path: string; importer: string; namespace: string; kind: string }) =>
      | { path: string; namespace?: string; external?: boolean }
      | undefined,
  ): void;
  onLoad(
    options: { filter: RegExp; namespace?: string },
    callback: (args: { path: string }) => { contents: string; loader: string } | undefined,
  ): void;
}

declare const Bun: {
  build(options: Record<string, unknown>): Promise<
    { success: boolean; logs: unknown[]; outputs: { text(): Promise<string> }[] }
  >;
  resolveSync(path: string, from: string): string;
};

const HERE = import.meta.dirname!, ENTRY = "telltale:entry", SHARED = "shared";

/** Builds one script out of `entry`, whose modules in `outside` stay imports by their full path. */
async function bundle(
  entry: string,
  { outside = new Set(), format = "esm" }: { outside?: ReadonlySet<string>; format?: string } = {},
): Promise<{ code: string; reached: Set<string> }> {
  const reached = new Set<string>();
  const plugin: Plugin = {
    name: "parts",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, namespace }) => {
        if (path === ENTRY) return { path: "entry.ts", namespace: "telltale" };
        const from = namespace === "telltale" ? HERE : join(importer, "..");
        const full = Bun.resolveSync(path, from);
        if (outside.has(full)) return { path: full, external: true };
        reached.add(full);
        return { path: full };
      });
      build.onLoad({ filter: /.*/, namespace: "telltale" }, () => ({
        contents: entry,
        loader: "ts",
      }));
    },
  };
  const { success, logs, outputs } = await Bun.build({
    entrypoints: [ENTRY],
    target: "browser",
    format,
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [plugin],
    root: HERE,
    jsx: { runtime: "automatic", importSource: "preact", development: false },
    throw: false,
  });
  if (!success) throw new Error(logs.map(String).join("\n"));
  return { code: await outputs[0]!.text(), reached };
}

const IMPORT = /^import (?:\{([^}]*)\} from )?"([^"]+)";$/gm, EXPORT = /^export \{([^}]*)\};$/m;

/** The names in braces: `a as b, c`. */
function namesOf(braces: string): readonly (readonly [name: string, local: string])[] {
  return braces.split(",").map((one) => one.trim()).filter((one) => one !== "").map((one) => {
    const [name, local = name] = one.split(" as ");
    return [name!, local!];
  });
}

/** Names of modules that parts take from elsewhere, each by a key. */
class Borrowed {
  readonly #keys = new Map<string, string>();

  /** The key of a name; the same for whoever takes it. */
  keyOf(path: string, name: string): string {
    const id = `${path}\n${name}`;
    let key = this.#keys.get(id);
    if (key === undefined) this.#keys.set(id, key = `_${this.#keys.size.toString(36)}`);
    return key;
  }

  /** Those of the modules in a set, as source text that imports them, and the pairs of an object. */
  textOf(modules: ReadonlySet<string>): { imports: string; pairs: string } {
    const taken = [...this.#keys].map(([id, key]) => [...id.split("\n"), key] as const)
      .filter(([path]) => modules.has(path!)) as unknown as (readonly [string, string, string])[];
    const imports = taken.map(([path, name, key]) =>
      `import { ${name} as ${key} } from ${JSON.stringify(path)};`
    );
    return { imports: imports.join("\n"), pairs: taken.map(([, , key]) => key).join(", ") };
  }
}

/** The script of a part: a function that takes what it borrows, and gives its exports. */
function scriptOf(name: string, code: string, borrowed: Borrowed): string {
  const taken: string[] = [];
  let rest = code.replace(IMPORT, (_, braces: string | undefined, path: string) => {
    for (const [name, local] of namesOf(braces ?? "")) {
      taken.push(`${borrowed.keyOf(path, name)}: ${local}`);
    }
    return "";
  });
  const given = namesOf(EXPORT.exec(rest)?.[1] ?? "").map(([local, name]) => `${name}: ${local}`);
  rest = rest.replace(EXPORT, "");
  if (/^(?:import|export)\b/m.test(rest)) {
    throw new Error(`The part "${name}" imports or exports in a form that is not known`);
  }
  return `(self.telltale ??= {}).${name} = ({ ${taken.join(", ")} }) => {
${rest}
return { ${given.join(", ")} };
};`;
}

async function main(): Promise<Scripts> {
  const first = await bundle(`import "./main.tsx";`);
  const names = [
    ...new Set([...Object.values(VIEWS).flatMap(({ part }) => part ?? []), ...OTHER_PARTS]),
  ];
  const entryOf = (name: string) => `export * from "./view/${name}.tsx";`;
  const reached = new Map<string, Set<string>>();
  for (const name of names) {
    reached.set(name, (await bundle(entryOf(name), { outside: first.reached })).reached);
  }
  const counts = new Map<string, number>();
  for (const modules of reached.values()) {
    for (const module of modules) counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  const shared = new Set([...counts].filter(([, count]) => count > 1).map(([module]) => module));
  const outside = new Set([...first.reached, ...shared]), borrowed = new Borrowed();
  const parts: Record<string, Script> = {};
  for (const name of names) {
    const { code } = await bundle(entryOf(name), { outside });
    const needs = [...code.matchAll(IMPORT)].some(([, , path]) => shared.has(path!));
    parts[name] = { code: scriptOf(name, code, borrowed), needs: needs ? [SHARED] : [] };
  }
  if (shared.size > 0) {
    const { imports, pairs } = borrowed.textOf(shared);
    const entry = `${imports}\nexport { ${pairs} };`;
    const { code } = await bundle(entry, { outside: first.reached });
    parts[SHARED] = { code: scriptOf(SHARED, code, borrowed), needs: [] };
  }
  const { imports, pairs } = borrowed.textOf(first.reached);
  const entry = `import { offer } from "./part.ts";
import { begin } from "./main.tsx";
${imports}
offer({ ${pairs} }, PARTS_TABLE);
begin();`;
  return { first: (await bundle(entry, { format: "iife" })).code, parts };
}

console.log(JSON.stringify(await main()));
