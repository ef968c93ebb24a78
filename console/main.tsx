/**
 * The page of the console.
 *
 * @module
 */
import { render } from "preact";
import type { JSX } from "preact";
import { findToken, keepToken } from "./data/token.ts";
import { Feed } from "./data/feed.ts";
import { openEmbedded } from "./data/session.ts";
import { link, state } from "./data/state.ts";
import { followKeys } from "./keys.ts";
import { followAddress, place, type View } from "./place.ts";
import { followTheme } from "./theme.ts";
import { plain } from "./text/format.ts";
import { use } from "./use.ts";
import { AskView } from "./view/ask.tsx";
import { PageFrame } from "./view/frame.tsx";
import { Help } from "./view/help.tsx";
import { Login } from "./view/login.tsx";
import { LogsView } from "./log/logs.tsx";
import { Overview } from "./view/overview.tsx";
import { SessionDialog } from "./view/session.tsx";
import { TraceView } from "./view/trace.tsx";
import { TracesView } from "./view/traces.tsx";

const VIEW: Readonly<Record<View, () => JSX.Element>> = {
  overview: Overview,
  ask: AskView,
  traces: TracesView,
  trace: TraceView,
  logs: LogsView,
};

const feed = new Feed();

function Page(): JSX.Element {
  const { view, id } = use(place), { kind } = use(link), service = use(state)?.service;
  const Current = VIEW[view];
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
          : <Current key={view + id} />}
      </PageFrame>
      <Help />
      <SessionDialog />
    </>
  );
}

followTheme();
followAddress();
followKeys();
begin();

async function begin(): Promise<void> {
  if (!await openEmbedded()) {
    await findToken();
    feed.start();
  }
  render(<Page />, document.getElementById("app")!);
}
