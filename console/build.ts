/**
 * Builds the page: bundles the sources of this folder into `src/console/page/`, a text for the first load and
 * one for each part that is loaded later, with the hashes that the page's Content-Security-Policy names. The
 * same sources give the same bytes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify_sync, type MinifyOptions } from "terser";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HERE = join(ROOT, "console");
const TARGET = join(ROOT, "src/console/page");

/** What is inlined, all under the MIT licence: its notices stand in the page's head. */
const INLINED: readonly string[] = ["preact", "@preact/signals-core"];

/** The page's own, in this order: later rules win. Those of a part come with it. */
const STYLES = ["base", "frame", "overview", "media"] as const;

/** The rules of a part, where they are not in the file of its name. */
const STYLES_OF: { readonly [part: string]: readonly string[] | undefined } = {
  shared: ["ask", "trace", "logs", "state", "narrow"],
  ask: [],
  trace: [],
  logs: [],
};

/**
 * Smaller than what Bun's own minifier writes by 5 % of the packed page. The engine's checks of its
 * caller's arguments go: the page is its only caller, and its types were checked. Getters are not pure here:
 * reading a signal subscribes to it.
 */
const MINIFIED: MinifyOptions = {
  toplevel: true,
  compress: {
    passes: 3,
    ecma: 2020,
    keep_fargs: false,
    unsafe_arrows: true,
    pure_funcs: ["check", "checkNumber", "checkWhole", "refuseUnknown"],
  },
};

/** A script as it was bundled. */
export interface Script {
  readonly code: string;
  /** The parts that must run before it. */
  readonly needs: readonly string[];
}

/** What `bundle.ts` prints. */
export interface Scripts {
  /** Calls `offer` with the parts' table, which the build writes in place of `PARTS_TABLE`. */
  readonly first: string;
  readonly parts: Readonly<Record<string, Script>>;
}

/** A script that is loaded later. */
export interface Part {
  readonly name: string;
  readonly script: string;
  readonly hash: string;
}

/** The page, and what is loaded later. */
export interface Built {
  readonly page: string;
  /** The hashes of all its scripts, and of its style. */
  readonly scriptHashes: readonly string[];
  readonly styleHash: string;
  readonly parts: readonly Part[];
}

/** Without the slash, addresses beside the page would be elsewhere. */
const SLASH =
  'location.pathname.endsWith("/")||history.replaceState(null,"",location.pathname+"/"+location.search+location.hash)';

/** Builds the page. */
export function build(): Built {
  const { first, parts: bundled } = bundle(), style = css(STYLES);
  const parts = Object.entries(bundled).map(([name, { code }]): Part => {
    const own = existsSync(join(HERE, `style/${name}.css`)) ? [name] : [];
    const sheet = css(STYLES_OF[name] ?? own);
    const script = minified(sheet === "" ? code : withRules(code, sheet));
    return { name, script, hash: hashOf(script) };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
  const table = parts.map(({ name, hash }) => {
    return [name, { url: urlOf(name, hash), needs: bundled[name]!.needs }] as const;
  });
  const script = minified(first.replace("PARTS_TABLE", JSON.stringify(Object.fromEntries(table))));
  // By this the browser checks each part, and the policy knows it.
  const integrity = parts.map(({ name, hash }) => [`./${urlOf(name, hash)}`, hash]);
  const imports = JSON.stringify({ integrity: Object.fromEntries(integrity) });
  const scriptHashes = [...[script, SLASH, imports].map(hashOf), ...parts.map(({ hash }) => hash)];
  const styleHash = hashOf(style);
  const policy = [
    "default-src 'none'",
    `script-src ${scriptHashes.map((hash) => `'${hash}'`).join(" ")}`,
    `style-src '${styleHash}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Telltale</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='5' fill='%23d98200'/%3E%3C/svg%3E">
<!--
The console of Telltale. It contains these works:
${notices()}
-->
<style>${style}</style>
</head>
<body>
<noscript>The console needs JavaScript. Without it: GET api lists what can be read with curl.</noscript>
<script>${SLASH}</script>
<script type="importmap">${imports}</script>
<div id="app"></div>
<script>${script}</script>
</body>
</html>
`;
  return { page, scriptHashes, styleHash, parts };
}

/** The address of a part: another text has another one, so that it can be kept for ever. */
function urlOf(name: string, hash: string): string {
  return `part/${name}.js?${hash.slice(7, 19).replace(/[^A-Za-z0-9]/g, "_")}`;
}

/** The modules that hold the page, by file name, as the formatter would write them. */
export function modulesOf({ page, scriptHashes, styleHash, parts }: Built): Map<string, string> {
  const files = new Map<string, string>();
  files.set(
    "first.ts",
    `${
      headOf(
        "The page of the console, as it is first loaded",
        " Its head holds the licence notices of what is inlined.",
      )
    }
/** The page as HTML. It holds no data. */
export const PAGE: string =
  ${JSON.stringify(page)};

/** The hashes of its scripts, those of its parts among them, as a Content-Security-Policy names them. */
export const SCRIPT_HASHES: readonly string[] = [
${scriptHashes.map((hash) => `  ${JSON.stringify(hash)},`).join("\n")}
];

/** The hash of its style. */
export const STYLE_HASH: string = ${JSON.stringify(styleHash)};
`,
  );
  for (const { name, script } of parts) {
    files.set(
      `part_${name}.ts`,
      `${headOf(`The part "${name}" of the console's page`)}
/** The script. It holds no data. */
export const PART: string =
  ${JSON.stringify(script)};
`,
    );
  }
  files.set(
    "parts.ts",
    `${headOf("The parts of the console's page that are loaded later")}
/** A part's own path and the hash in its address, and what loads its text. */
export interface Part {
  /** What follows the \`?\` of its address. */
  readonly query: string;
  load(): Promise<{ readonly PART: string }>;
}

/** The parts, by what follows \`part/\` in their path. */
export const PARTS: { readonly [path: string]: Part | undefined } = {
${
      parts.map(({ name, hash }) =>
        `  "${name}.js": { query: "${
          urlOf(name, hash).split("?")[1]
        }", load: () => import("./part_${name}.ts") },`
      ).join("\n")
    }
};
`,
  );
  return files;
}

function headOf(what: string, more = ""): string {
  return `/**
 * ${what}, built by \`deno task console\` from the sources in \`console/\`: do not edit.${
    more && `\n *${more}`
  }
 *
 * @module
 */
`;
}

/** The text of \`LICENSE-third-party\`. */
export function thirdParty(): string {
  return `The page of the console, src/console/page/, contains these works:\n\n${notices()}\n`;
}

function bundle(): Scripts {
  const bun = join(ROOT, "node_modules/.bin/bun");
  const { status, stdout, stderr } = spawnSync(bun, ["bundle.ts"], {
    cwd: HERE,
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(`Cannot bundle the console: ${stderr}`);
  return JSON.parse(stdout);
}

function minified(code: string): string {
  const short = minify_sync(code, MINIFIED).code!.trim();
  // In a string, where alone it can stand, a slash means the same with a backslash before it.
  const script = short.replace(/<\/(?=script)/gi, "<\\/");
  // Either would end the script element, or begin another state of the parser.
  if (/<\/script|<!--/i.test(script)) {
    throw new Error("Cannot inline the script: it contains </script or <!--");
  }
  return script;
}

/** The script of a part that adds its rules when it runs. */
function withRules(code: string, sheet: string): string {
  return code.replace(
    "=> {\n",
    () =>
      `=> {
const sheet = new CSSStyleSheet();
sheet.replaceSync(${JSON.stringify(sheet)});
document.adoptedStyleSheets.push(sheet);
`,
  );
}

function css(names: readonly string[]): string {
  const text = names.map((name) => readFileSync(join(HERE, `style/${name}.css`), "utf8")).join("");
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};,>]) ?/g, "$1")
    .replace(/: /g, ":").replace(/;}/g, "}").trim();
}

/** Who has the copyright of each, and the licence, once where they share it. */
function notices(): string {
  const heads: string[] = [], licences = new Set<string>();
  for (const name of INLINED) {
    const folder = join(ROOT, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
    const copyright = /^Copyright .*$/m.exec(text)?.[0];
    if (copyright === undefined) throw new Error(`Cannot name the copyright of ${name}`);
    heads.push(`${name} ${version}: ${copyright}`);
    licences.add(text.replace(copyright, "").replace(/\n{2,}/g, "\n\n"));
  }
  return [heads.join("\n"), ...licences].join("\n\n");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

if (import.meta.main) {
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET);
  for (const [name, text] of modulesOf(build())) writeFileSync(join(TARGET, name), text);
  writeFileSync(join(ROOT, "LICENSE-third-party"), thirdParty());
}
