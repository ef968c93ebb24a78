/**
 * Export and import of a session.
 *
 * @module
 */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { get } from "../data/http.ts";
import { entries, openFile, pageWith } from "../data/session.ts";
export { openEmbedded } from "../data/session.ts";
import { EMBEDDED, lines, link, requests, state } from "../data/state.ts";
import { partUrls } from "../part.ts";
import { many, plain, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { Dialog } from "./dialog.tsx";
import { isSessionOpen } from "./dialogs.ts";
import { save } from "./parts.tsx";

/** The dialog of sessions. */
export function View(): JSX.Element {
  const { kind } = use(link), input = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState("");
  use(isSessionOpen);
  const run = async (work: () => Promise<void>) => {
    setFailure("");
    try {
      await work();
      isSessionOpen.value = false;
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog open={isSessionOpen} title="Session">
      <p class="muted sheet-text">
        Contains {many(requests.count, "request")} and{" "}
        {many(lines.count, "line")}; secrets are masked as in the service. Check before sharing:
        fields of the application may name people.
      </p>
      <div class="choices">
        <button type="button" class="btn" onClick={() => run(saveLines)}>
          <b>Save as JSON Lines</b>
          <span class="muted">to open here again, or to read with any tool</span>
        </button>
        <button type="button" class="btn" onClick={() => run(savePage)}>
          <b>Save as one HTML page</b>
          <span class="muted">opens in any browser, without a service</span>
        </button>
        <button type="button" class="btn" onClick={() => input.current!.click()}>
          <b>Open a saved session …</b>
          <span class="muted">it is read in this browser and sent nowhere</span>
        </button>
        {kind === "file" && location.protocol !== "file:" && (
          <button
            type="button"
            class="btn"
            onClick={() => location.reload()}
          >
            <b>Back to the service</b>
            <span class="muted">leaves the session</span>
          </button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        class="sr"
        tabIndex={-1}
        aria-label="A session"
        accept=".jsonl,.ndjson,.gz"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) run(() => openFile(file));
          currentTarget.value = "";
        }}
      />
      {failure !== "" && <p class="err-msg" role="alert">{shown(failure)}</p>}
    </Dialog>
  );
}

function nameOf(ending: string): string {
  const service = plain(state.value?.service ?? "session");
  return `telltale-${service}-${new Date().toISOString().slice(0, 19)}.${ending}`;
}

// deno-lint-ignore require-await
async function saveLines(): Promise<void> {
  save(nameOf("jsonl"), [...entries()], "application/x-ndjson");
}

async function savePage(): Promise<void> {
  if (document.getElementById(EMBEDDED) !== null) {
    throw new Error("This page is a saved one already: save JSON Lines");
  }
  const [page, ...parts] = await Promise.all(
    ["", ...partUrls()].map(async (path) => await (await get(path)).text()),
  );
  save(nameOf("html"), pageWith(page!, parts, entries()), "text/html");
}
