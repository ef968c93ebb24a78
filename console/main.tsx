/**
 * The page of the console.
 *
 * @module
 */
import { render } from "preact";
import type { JSX } from "preact";
import { findToken, keepToken } from "./data/token.ts";
import { Feed } from "./data/feed.ts";
import { EMBEDDED, link, state } from "./data/state.ts";
import { followKeys } from "./keys.ts";
import { fetchParts, part } from "./part.ts";
import { followAddress, place } from "./place.ts";
import { followTheme } from "./theme.ts";
import { plain } from "./text/format.ts";
import { use } from "./use.ts";
import { isHelpOpen, isSessionOpen } from "./view/dialogs.ts";
import { PageFrame } from "./view/frame.tsx";
import { Later } from "./view/later.tsx";
import { Login } from "./view/login.tsx";
import { Overview } from "./view/overview.tsx";
import { VIEWS } from "./views.ts";

/** How long after the first view the parts of the others are fetched. */
const FETCH_MS = 1000;

const feed = new Feed();

function Page(): JSX.Element {
  const { view, id } = use(place), { kind } = use(link), service = use(state)?.service;
  const { part, isList } = VIEWS[view];
  document.title = `${service === undefined ? "" : `${plain(service)} · `}Telltale`;
  if (kind === "refused") {
    return (
      <Login
        onToken={(token) => {
          keepToken(token);
          link.value = { kind: "connecting" };
          feed.retry();
        }}
      />
    );
  }
  return (
    <>
      <PageFrame>
        {kind === "connecting" && state.value === undefined
          ? <p class="muted" role="status">Connecting …</p>
          : part === undefined
          ? <Overview />
          : <Later key={isList === true ? view : view + id} of={part} />}
      </PageFrame>
      {use(isHelpOpen) && <Later of="help" isQuiet />}
      {use(isSessionOpen) && <Later of="session" isQuiet />}
    </>
  );
}

/** Called when the page knows its parts. */
export async function begin(): Promise<void> {
  followTheme();
  followAddress();
  followKeys();
  if (document.getElementById(EMBEDDED) !== null) {
    const session = await part("session") as typeof import("./view/session.tsx");
    await session.openEmbedded();
  } else {
    await findToken();
    feed.start();
    setTimeout(fetchParts, FETCH_MS);
  }
  render(<Page />, document.getElementById("app")!);
}
