/**
 * Builds the page: bundles the sources of this folder into `src/console/page.ts`, one text with the hashes
 * that its Content-Security-Policy names. The same sources give the same bytes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify_sync, type MinifyOptions } from "terser";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HERE = join(ROOT, "console");
const TARGET = join(ROOT, "src/console/page.ts");

/** What is inlined, all under the MIT licence: its notices stand in the page's head. */
const INLINED: readonly string[] = ["preact", "@preact/signals-core"];

/** In this order: later rules win. */
const STYLES = ["base", "frame", "overview", "ask", "trace", "logs", "media"] as const;

/** JSX without what helps while it is written. */
const DEFINES: readonly string[] = [`--define=process.env.NODE_ENV="production"`];

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

/** The page, and the hashes of its script and its style. */
export interface Built {
  readonly page: string;
  readonly scriptHash: string;
  readonly styleHash: string;
}

/** Builds the page. */
export function build(): Built {
  const script = bundle(), style = css();
  const scriptHash = hashOf(script), styleHash = hashOf(style);
  const policy = [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
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
<div id="app"></div>
<script>${script}</script>
</body>
</html>
`;
  return { page, scriptHash, styleHash };
}

/** The module that holds the page, as the formatter would write it. */
export function moduleOf({ page, scriptHash, styleHash }: Built): string {
  return `/**
 * The page of the console, built by \`deno task console\` from the sources in \`console/\`: do not edit.
 * Its head holds the licence notices of what is inlined.
 *
 * @module
 */

/** The page as HTML. It holds no data. */
export const PAGE: string =
  ${JSON.stringify(page)};

/** The hash of its script, as a Content-Security-Policy names it. */
export const SCRIPT_HASH: string = ${JSON.stringify(scriptHash)};

/** The hash of its style, as a Content-Security-Policy names it. */
export const STYLE_HASH: string = ${JSON.stringify(styleHash)};
`;
}

/** The text of \`LICENSE-third-party\`. */
export function thirdParty(): string {
  return `The page of the console, src/console/page.ts, contains these works:\n\n${notices()}\n`;
}

function bundle(): string {
  const bun = join(ROOT, "node_modules/.bin/bun");
  const args = ["build", "--target=browser", "--format=iife", ...DEFINES, "main.tsx"];
  const { status, stdout, stderr } = spawnSync(bun, args, {
    cwd: HERE,
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(`Cannot bundle the console: ${stderr}`);
  const { code } = minify_sync(stdout, MINIFIED);
  // In a string, where alone it can stand, a slash means the same with a backslash before it.
  const script = code!.trim().replace(/<\/(?=script)/gi, "<\\/");
  // Either would end the script element, or begin another state of the parser.
  if (/<\/script|<!--/i.test(script)) {
    throw new Error("Cannot inline the script: it contains </script or <!--");
  }
  return script;
}

function css(): string {
  const text = STYLES.map((name) => readFileSync(join(HERE, `style/${name}.css`), "utf8")).join("");
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
  const built = build();
  writeFileSync(TARGET, moduleOf(built));
  writeFileSync(join(ROOT, "LICENSE-third-party"), thirdParty());
}
