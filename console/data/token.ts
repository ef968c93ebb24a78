/**
 * The token that the service asks for: from the fragment of the address, which reaches no server, kept for
 * this tab, and handed to other tabs of this service that ask for it. Never a cookie: cookies go to every
 * port of a host.
 *
 * @module
 */

const KEY = "telltale.token";
/** Names both ends: services may share an origin under different paths. */
const CHANNEL = `telltale ${location.pathname}`;
const ANSWER_MS = 150;

let token = "";

/** The token; empty without one. */
export function currentToken(): string {
  return token;
}

/** Keeps a token for this tab. */
export function keepToken(given: string): void {
  token = given.trim();
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // It lasts as long as the page, then.
  }
}

/** Takes the token out of the address, or from this tab, or from another tab. */
export async function findToken(): Promise<void> {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    history.replaceState(null, "", location.pathname + location.search);
    keepToken(decodeURIComponent(given));
  } else {
    try {
      token = sessionStorage.getItem(KEY) ?? "";
    } catch {
      token = "";
    }
  }
  if (!("BroadcastChannel" in globalThis) || location.protocol === "file:") return;
  const channel = new BroadcastChannel(CHANNEL);
  if (token === "") await askOthers(channel);
  channel.addEventListener("message", ({ data }) => {
    if (data === "token?" && token !== "") channel.postMessage({ token });
  });
}

function askOthers(channel: BroadcastChannel): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ANSWER_MS);
    channel.addEventListener("message", ({ data }) => {
      if (typeof data?.token !== "string" || token !== "") return;
      keepToken(data.token);
      clearTimeout(timer);
      resolve();
    });
    channel.postMessage("token?");
  });
}
