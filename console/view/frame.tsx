/**
 * What stands around every view: the service, the way to ask, the range of time, the list of views.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import { lines, link, paused, range, requests, state, togglePause } from "../data/state.ts";
import { go, href, place } from "../place.ts";
import { Isolates, Silent } from "./isolates.tsx";
import { bytes, clock, count, many, shown, span } from "../text/format.ts";
import { theme, toggleTheme } from "../theme.ts";
import { use } from "../use.ts";
import { type View, VIEWS } from "../views.ts";
import { Icon } from "./icon.tsx";
import { isHelpOpen, isSessionOpen } from "./dialogs.ts";
import { RangePicker } from "./range.tsx";

/** The page around a view. */
export function PageFrame({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <div class="app">
      <a class="skip" href="#main" onClick={toMain}>Skip to the view</a>
      <Top />
      <Rail />
      <main id="main" tabIndex={-1}>
        <Standing />
        <Silent />
        {children}
      </main>
    </div>
  );
}

function toMain(event: MouseEvent): void {
  // The fragment is the place: it must stay.
  event.preventDefault();
  document.getElementById("main")!.focus();
}

function Top(): JSX.Element {
  const about = use(state), version = use(requests.version);
  void version;
  const isDark = use(theme) === "dark";
  return (
    <header class="top">
      <a class="brand" href={href("overview")}>
        <span class="lampdot" />Telltale
      </a>
      {about !== undefined && <Service />}
      {VIEWS[use(place).view].hasLine === true
        ? <span class="push" />
        : (
          <button type="button" class="go" onClick={toQuestion}>
            <Icon name="ask" />
            <span class="ell">
              Ask <span class="more">about the last {many(requests.count, "request")}</span>
            </span>
            <kbd>/</kbd>
          </button>
        )}
      <RangePicker />
      <Live />
      <button
        type="button"
        class="btn icon"
        title="Export or import a session"
        aria-label="Export or import a session"
        onClick={() => isSessionOpen.value = true}
      >
        <Icon name="session" />
      </button>
      <button
        type="button"
        class="btn icon"
        title="Light or dark (t)"
        aria-label={isDark ? "Change to light" : "Change to dark"}
        onClick={toggleTheme}
      >
        <Icon name="theme" />
      </button>
    </header>
  );
}

function Service(): JSX.Element {
  const { service, version, runtime, startMs, timeMs } = use(state)!;
  return (
    <div class="svc">
      <b>{shown(service)}</b>
      {version !== "" && <span class="mono">{shown(version)}</span>}
      <span class="sep" />
      <span>{shown(runtime)}</span>
      <span class="sep" />
      <span>up {span(timeMs - startMs)}</span>
      <Isolates />
    </div>
  );
}

/** Goes to the line for questions. */
export function toQuestion(): void {
  const { view } = place.value;
  if (VIEWS[view].hasLine !== true) go(href("ask"));
  const endMs = performance.now() + FOCUS_MS;
  // The view is drawn first, and its part may have to come.
  const focus = () => {
    const line = document.getElementById("question");
    if (line !== null) line.focus();
    else if (performance.now() < endMs) requestAnimationFrame(focus);
  };
  requestAnimationFrame(focus);
}

/** How long the line of a view is waited for. */
const FOCUS_MS = 3000;

function Live(): JSX.Element {
  const { kind } = use(link), held = use(paused);
  use(requests.version);
  const isLive = kind === "live" && held === undefined;
  const came = held === undefined
    ? 0
    : requests.next - held.next.requests + lines.next - held.next.lines;
  const words = held !== undefined ? "Paused" : {
    live: "Live",
    connecting: "Connecting",
    broken: "No connection",
    refused: "Locked",
    file: "File",
  }[
    kind
  ];
  return (
    <button
      type="button"
      class="btn"
      id="live"
      title={held === undefined ? "Pause (space)" : "Go on (space)"}
      aria-pressed={held !== undefined}
      onClick={togglePause}
    >
      <span class={isLive ? "live" : kind === "broken" ? "live off bad" : "live off"} />
      {words}
      {came > 0 && <span class="came">{count(came)} new</span>}
    </button>
  );
}

function Rail(): JSX.Element {
  const { view } = use(place);
  const current = VIEWS[view].under ?? view;
  // Links carry the range along: they change with it.
  use(range);
  return (
    <nav class="rail" aria-label="Views">
      {(Object.keys(VIEWS) as View[]).map((to) => {
        const { label, icon } = VIEWS[to];
        return label !== undefined && (
          <a key={to} href={href(to)} aria-current={to === current ? "page" : undefined}>
            <Icon name={icon!} />
            <span class="label">{label}</span>
          </a>
        );
      })}
      <hr />
      <button type="button" class="railbtn" onClick={() => isHelpOpen.value = true}>
        <Icon name="help" />
        <span class="label">Keys, language</span>
        <kbd>?</kbd>
      </button>
      <Kept />
    </nav>
  );
}

function Kept(): JSX.Element {
  const kept = use(state)?.kept, isFile = use(link).kind === "file";
  use(requests.version);
  return (
    <div class="own">
      {isFile ? "In this file" : "Kept"} {many(requests.count, "request")},<br />
      {many(lines.count, "line")}
      {kept !== undefined && (
        <>
          :<br />
          {bytes(kept.bytes)} of {bytes(kept.maxBytes)}.{" "}
          {kept.lost === 0 ? "Nothing lost." : <b>{count(kept.lost)} lost.</b>}
        </>
      )}
    </div>
  );
}

/** What stands above the view while the page does not follow the service. */
function Standing(): JSX.Element | null {
  const how = use(link);
  if (how.kind === "broken") {
    return (
      <p class="banner bad" role="status">
        <b>No connection since {clock(how.sinceMs)}</b>{" "}
        ({shown(how.why)}). It is tried again; what came before stays here.
      </p>
    );
  }
  if (how.kind === "file") {
    return (
      <p class="banner" role="status">
        <b>{shown(how.name)}</b>: a saved session. Nothing is asked of a service.
      </p>
    );
  }
  return null;
}
