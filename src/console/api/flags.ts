/**
 * The flags: lists them, and changes one.
 *
 * @module
 */
import { kindOf, shown } from "../../core/check.ts";
import type { FlagInfo } from "../../flags/change.ts";
import type { Flags } from "../../flags/flags.ts";
import type { FlagPatch } from "../../flags/rule/patch.ts";
import type { Rows } from "../../events/store/rows.ts";
import { jsonBody } from "../wire/body.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { bytesOf, json, MAX_ANSWER_BYTES } from "../wire/reply.ts";
import { Effects, MAX_VARIANTS } from "./effects.ts";
import type { FlagReply, FlagsReply, FlagTold } from "./shapes.ts";

/** The part of the store that is shown and changed. */
export type FlagStore = Pick<Flags, "list" | "set">;

/** More than a patch of a thousand short rules. */
const MAX_BODY_BYTES = 65_536;
/** Room for what surrounds the flags. */
const MOST = MAX_ANSWER_BYTES - 1024 - MAX_VARIANTS * 120;

/** Answers `GET api/flags?after=` and `POST api/flags`. */
export function answerFlags(
  flags: FlagStore,
  events: Rows | undefined,
  request: Request,
): Promise<Response> {
  return request.method === "POST" ? change(flags, request) : list(flags, events, request);
}

async function list(
  flags: FlagStore,
  events: Rows | undefined,
  request: Request,
): Promise<Response> {
  const after = new Parameters(request, ["after"]).text("after"), all = flags.list();
  const start = after === undefined ? 0 : all.findIndex(({ key }) => key === after) + 1;
  if (after !== undefined && start === 0) {
    throw new BadRequest(`after must be the key of a flag, got ${shown(after)}`);
  }
  const told: FlagTold[] = [];
  const effects = new Effects(events);
  let bytes = 0;
  for (const flag of all.slice(start)) {
    const short = { ...shortened(flag), effect: await effects.of(flag.key) };
    bytes += bytesOf(JSON.stringify(short)) + 1;
    if (bytes > MOST) break;
    told.push(short);
  }
  const more = all.length - start - told.length;
  if (more === 0) return json({ flags: told, more } satisfies FlagsReply);
  const next = `after=${encodeURIComponent(told.at(-1)!.key)}`;
  const leftOff = `${more} more flags. An answer has at most 16 KB; ask again with ${next}.`;
  return json({ flags: told, more, leftOff } satisfies FlagsReply);
}

async function change(flags: FlagStore, request: Request): Promise<Response> {
  new Parameters(request, []);
  const { key, patch } = await bodyOf(request);
  try {
    flags.set(key, patch);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new BadRequest(error.message);
    }
    throw error;
  }
  const flag = flags.list().find((one) => one.key === key)!;
  return json({ flag: shortened(flag) } satisfies FlagReply);
}

async function bodyOf(request: Request): Promise<{ key: string; patch: FlagPatch | undefined }> {
  const body = await jsonBody(request, MAX_BODY_BYTES, '{"key":"new_checkout","patch":{}}');
  const { key, patch, ...others } = objectOf(body, "The body");
  for (const name of Object.keys(others)) {
    throw new BadRequest(`Unknown member ${shown(name)}: the body takes key, patch`);
  }
  if (typeof key !== "string") throw new BadRequest(`key must be a text, got ${kindOf(key)}`);
  // JSON has no undefined, which takes all changes back.
  return { key, patch: patch === null ? undefined : objectOf(patch, "patch") as FlagPatch };
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  const orNull = name === "patch" ? ", or null to take all changes back" : "";
  throw new BadRequest(`${name} must be an object${orNull}, got ${kindOf(value)}`);
}

/** Without its definition, and at last its variants, where these alone are too long for an answer. */
function shortened(flag: FlagInfo): FlagInfo {
  if (bytesOf(JSON.stringify(flag)) <= MOST) return flag;
  const short = { ...flag, definition: undefined };
  return bytesOf(JSON.stringify(short)) <= MOST ? short : { ...short, variants: [] };
}
