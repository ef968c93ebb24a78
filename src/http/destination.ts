/**
 * Where an outgoing request goes: its URL, what of it may be recorded, and how near its host is.
 *
 * @module
 */
import { isPrivateAddress } from "../core/address.ts";
import { unbracketed } from "./host_list.ts";

/** Query parameters that are credentials, by the semantic conventions. */
const SECRETS =
  /([?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|AWSAccessKeyId|Signature|sig|X-Goog-Signature)=)[^&#]+/gi;

/** The URL of a string or `URL`; undefined for what is no HTTP. Never throws. */
export function httpUrl(input: unknown): URL | undefined {
  try {
    if (typeof input !== "string" && !(input instanceof URL)) return undefined;
    const url = new URL(input);
    return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** The host of a URL; an IPv6 address without the brackets that only a URL needs. */
export function hostOf({ hostname }: URL): string {
  return unbracketed(hostname);
}

/** The text of a URL without its credentials (semantic conventions for `url.full`). */
export function redactUrl(url: URL): string {
  let text = url.href;
  if (url.username !== "" || url.password !== "") {
    text = text.replace(/\/\/[^/?#]*@/, "//REDACTED:REDACTED@");
  }
  return url.search === "" ? text : text.replace(SECRETS, "$1REDACTED");
}

/** What of a URL is secret: as it is written, and decoded. */
export function secretsOf({ username, password, search }: URL): string[] {
  const values = [...search.matchAll(SECRETS)].map(([all, name]) => all.slice(name!.length));
  const written = [password === "" ? username : password, ...values].filter((text) => text !== "");
  return [...written, ...written.map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Private addresses, and names that only a private network resolves. */
export function isPrivateHost(host: string): boolean {
  if (host.includes(":")) return isPrivateAddress(host);
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  return isPrivateAddress(name) || !name.includes(".") ||
    /\.(local|localhost|internal)$/.test(name);
}
