/**
 * Whether requests can be sent as they are asked for.
 *
 * @module
 */

/** The URL with `path` behind its own; the error never repeats what may hold a password. */
export function checkedUrl(endpoint: string, path: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new TypeError(`Cannot export to "${endpoint}": endpoint must be an http or https URL`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(
      `Cannot export to "${url.host}": endpoint must have no user or password, send them in headers`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`Cannot export to "${endpoint}": endpoint must be an http or https URL`);
  }
  if (path !== "") url.pathname = url.pathname.replace(/\/*$/, path);
  return url;
}

/** Throws the `TypeError` of `Headers` for a name or value that can't be sent, without the value. */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new TypeError(`Cannot export with header ${JSON.stringify(name)}: it can't be sent`);
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}
