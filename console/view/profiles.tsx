/**
 * Profiles: takes one, shows it as a flame graph, and what is different in another.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ProfileReply, ProfilesReply } from "../../src/console/state/shapes.ts";
import { get } from "../data/http.ts";
import { type Reply, useReply } from "../data/reply.ts";
import { link } from "../data/state.ts";
import { go, href, place } from "../place.ts";
import { bytes, clock, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { ProfilePanel } from "../profile/profile.tsx";
import { OfIsolate, ofOne, useOfOne } from "./isolates.tsx";
import { Missing, Stale } from "./missing.tsx";
import { Panel, save, Table } from "./parts.tsx";

const SECONDS = 10, EVERY_MS = 2000, IDLE_MS = 10_000;

/** The profiles. */
export function View(): JSX.Element {
  const { id, params } = use(place), [isTaking, setTaking] = useState(false);
  const reply = useReply<ProfilesReply>(useOfOne("api/profiles"), {
    everyMs: isTaking ? EVERY_MS : IDLE_MS,
  });
  const { value } = reply;
  if (value === undefined) return <Missing title="Profiles" of={reply} />;
  const isRunning = value.profiles.some(({ state }) => state === "running");
  const chosen = value.profiles.find((one) => one.id === id);
  const other = value.profiles.find((one) => one.id === params.get("vs"));
  return (
    <>
      <h1 class="sr">Profiles</h1>
      <OfIsolate />
      <Stale of={reply} />
      <Take reply={reply} isRunning={isRunning} onTaking={setTaking} />
      {id !== "" && (chosen === undefined
        ? <p class="banner" role="status">That profile is not held any more.</p>
        : chosen.state === "ready" && (
          <ProfilePanel
            key={chosen.id}
            of={chosen}
            other={other}
            others={value.profiles.filter((one) =>
              one.id !== chosen.id && one.kind === chosen.kind && isShowable(one)
            )}
          />
        ))}
      <Held all={value.profiles} current={id} />
    </>
  );
}

/** Whether it can be had as folded stacks. */
function isShowable({ state, formats }: ProfileReply): boolean {
  return state === "ready" && formats.includes("folded");
}

function Take({ reply, isRunning, onTaking }: {
  reply: Reply<ProfilesReply>;
  isRunning: boolean;
  onTaking: (isTaking: boolean) => void;
}): JSX.Element {
  const [said, say] = useState(""), { params } = use(place), isLive = use(link).kind !== "file";
  const take = async (kind: ProfileReply["kind"]) => {
    say("");
    onTaking(true);
    const path = ofOne("api/profiles"), from = location.hash;
    try {
      const { id } = await (await get(path, { body: { kind, seconds: SECONDS } })).json();
      say(`A profile of ${SECONDS} s is being taken; it opens when it is there.`);
      await until(id, path);
      say("");
      // Whoever went elsewhere meanwhile stays there.
      if (location.hash === from) go(href("profiles", { of: params.get("of") ?? "" }, id));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    onTaking(false);
    reply.again();
  };
  return (
    <div class="takes">
      {(["cpu", "heap"] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          class="btn primary"
          disabled={isRunning || !isLive}
          onClick={() => take(kind)}
        >
          Take {SECONDS} s of {kind === "cpu" ? "CPU" : "heap"}
        </button>
      ))}
      <span class="muted" role="status">
        {said !== "" ? shown(said) : isRunning ? "One is being taken." : ""}
      </span>
    </div>
  );
}

/** Resolves when a profile is there; throws why it is not. */
async function until(id: string, path: string): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { profiles }: ProfilesReply = await (await get(path)).json();
    const one = profiles.find((each) => each.id === id);
    if (one?.state === "ready") return;
    if (one === undefined) throw new Error("the profile is gone");
    if (one.state === "failed") throw new Error(one.error ?? "the profile failed");
  }
}

function Held({ all, current }: {
  all: readonly ProfileReply[];
  current: string;
}): JSX.Element {
  return (
    <Panel title="Profiles that are held" side={<span>the oldest leave</span>}>
      {all.length === 0
        ? <p class="note-text">None yet: take one.</p>
        : (
          <Table heads={[["Taken at"], ["Of"], ["Why"], ["Size", "num"], ["", undefined, "Links"]]}>
            {all.map((one) => (
              <tr key={one.id} class={one.id === current ? "open" : ""}>
                <td>
                  {isShowable(one)
                    ? (
                      <a
                        class="link"
                        data-row
                        href={href("profiles", {}, one.id)}
                        aria-current={one.id === current ? "true" : undefined}
                      >
                        {clock(one.timeMs)}
                      </a>
                    )
                    : clock(one.timeMs)}
                </td>
                <td>{one.kind === "cpu" ? "CPU" : "heap"}</td>
                <td class="muted">{shown(one.trigger)}</td>
                <td class="num">{bytes(one.bytes)}</td>
                <td class="nowrap">
                  {one.state === "running" && <span class="muted">being taken …</span>}
                  {one.state === "failed" && <span class="bad">{shown(one.error ?? "failed")}
                  </span>}
                  {one.state === "ready" && one.formats.map((format) => (
                    <button
                      key={format}
                      type="button"
                      class="link"
                      onClick={() => download(one, format)}
                    >
                      {format}
                    </button>
                  ))}
                </td>
              </tr>
            ))}
          </Table>
        )}
    </Panel>
  );
}

const ENDINGS: Readonly<Record<string, string>> = {
  folded: "folded.txt",
  speedscope: "speedscope.json",
  pprof: "pb.gz",
};

async function download({ id, kind }: ProfileReply, format: string): Promise<void> {
  const response = await get(ofOne(`api/profiles?id=${encodeURIComponent(id)}&format=${format}`));
  save(
    `telltale-${kind}-${id}.${ENDINGS[format] ?? format}`,
    [await response.blob()],
    "application/octet-stream",
  );
}
