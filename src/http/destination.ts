/**
 * Where an outgoing request goes: its URL, what of it may be recorded, and how near its host is.
 *
 * @module
 */
import { isPrivateAddress } from "../core/address.ts";
import type { Redactor } from "../core/redact.ts";
import { unbracketed } from "./host_list.ts";

/** Query parameters that are credentials by the semantic conventions, whatever else is hidden. */
const SIGNATURES = new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "awsaccesskeyid",
  "signature",
  "sig",
  "x-goog-signature",
]);

/** A parameter of a query, or of a fragment that is written like one: its separator, name and value. */
const PARAMETERS = /([?&#])([^=&#]+)=([^&#]*)/g;

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

/** The port of a URL, also where it is the scheme's own. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? protocol === "https:" ? 443 : 80 : Number(port);
}

/**
 * The text of a URL without its credentials (semantic conventions for `url.full`) and without the
 * values that the redactor hides by the names of parameters.
 */
export function redactUrl(url: URL, redactor: Redactor): string {
  let text = url.href;
  if (url.username !== "" || url.password !== "") {
    text = text.replace(/\/\/[^/?#]*@/, "//REDACTED:REDACTED@");
  }
  if (url.search === "" && url.hash === "") return text;
  return text.replace(PARAMETERS, (all, separator: string, name: string, value: string) => {
    const hidden = hiddenAs(name, value, redactor);
    if (hidden === undefined) return all;
    return hidden === "" ? separator : `${separator}${name}=${hidden}`;
  });
}

/** What of a URL is secret: as it is written, and decoded. */
export function secretsOf(
  { username, password, search, hash }: URL,
  redactor: Redactor,
): string[] {
  const written = [password === "" ? username : password];
  for (const [, , name, value] of (search + hash).matchAll(PARAMETERS)) {
    if (hiddenAs(name!, value!, redactor) !== undefined) written.push(value!);
  }
  const secrets = written.filter((text) => text !== "");
  return [...secrets, ...secrets.map(decoded)];
}

/** What stands for the value of a parameter, empty where all of it is left out; undefined: shown. */
function hiddenAs(name: string, value: string, redactor: Redactor): string | undefined {
  const key = decoded(name);
  if (SIGNATURES.has(key.toLowerCase())) return "REDACTED";
  if (!redactor.hides(key)) return undefined;
  return encodeURIComponent(redactor.standIn(() => decoded(value)) ?? "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
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
