/**
 * Compares a text with a file that is reviewed.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../../core/check.ts";
import { environment } from "../../core/platform.ts";
import { unifiedDiff } from "../capture/diff.ts";
import { fail } from "../capture/match.ts";

/** Options of what is compared with a file. */
export interface FileOptions {
  /**
   * Whether the file is written where it differs or does not exist; ignored where the environment has `CI`.
   *
   * @default false
   */
  readonly update?: boolean | undefined;
}

const KNOWN: Known<FileOptions> = { update: true };

/** Throws a `TypeError` for options that are unknown or of the wrong kind. */
export function checkFileOptions(what: string, path: unknown, options: FileOptions): void {
  check(typeof path === "string" && path !== "", what, "path must be text", path, TypeError);
  refuseUnknown(what, options, KNOWN);
  const { update } = options;
  const isRight = update === undefined || typeof update === "boolean";
  check(isRight, what, "update must be a boolean", update, TypeError);
}

/** Fails with a diff unless the file has this text; or writes it. */
export async function compareWithFile(
  what: string,
  path: string,
  text: string,
  { update = false }: FileOptions,
): Promise<void> {
  const { readFile, writeFile } = await import("node:fs/promises");
  let known: string | undefined;
  try {
    known = (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
  if (known === text) return;
  const isCi = /^(?!0$|false$)./i.test(environment("CI") ?? "");
  if (update && !isCi) return await writeFile(path, text);
  const how = "run once with { update: true }" + (isCi ? " on your machine" : "");
  if (known === undefined) fail(`${what} has no file ${path} yet: ${how}`, "compareWithFile");
  fail(
    `${what} is not as in ${path} (- the file, + now): where this is meant, ${how}, and have it reviewed\n\n` +
      unifiedDiff(known, text),
    "compareWithFile",
    text,
    known,
  );
}
