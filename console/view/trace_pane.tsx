/**
 * Beside a trace: what is known of its request and how common that is, the chosen span, and links.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Value } from "../../src/events/store/column.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { type Common, commonOf } from "../data/common.ts";
import type { WireSpan } from "../data/wire.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref, logsHref, traceHref } from "../place.ts";
import { is, joined } from "../question/links.ts";
import { clock, ms, shown, value } from "../text/format.ts";

/** What the pane shows. */
export interface TracePaneProps {
  readonly fields: Readonly<Record<string, Value>> | undefined;
  /** Requests of the same route. */
  readonly same: Frame;
  readonly span: WireSpan | undefined;
  readonly isSpanChosen: boolean;
  readonly trace: string;
  readonly route: string;
  readonly spans: readonly WireSpan[];
}

const TABS = ["Request", "Span", "Links"] as const;
type Tab = (typeof TABS)[number];

/** The pane. */
export function TracePane(props: TracePaneProps): JSX.Element {
  const { span, isSpanChosen, trace } = props;
  const [tab, setTab] = useState<Tab>(isSpanChosen ? "Span" : "Request");
  const spanId = isSpanChosen ? span?.spanId : "";
  useEffect(() => {
    if (isSpanChosen) setTab("Span");
  }, [spanId]);
  useEffect(() => {
    if (!isSpanChosen) setTab("Request");
  }, [trace]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]!;
    setTab(next);
    const list = event.currentTarget as HTMLElement;
    list.querySelectorAll("button")[TABS.indexOf(next)]!.focus();
  };
  return (
    <aside class="panel" aria-label="Details">
      <div class="tabs" role="tablist" onKeyDown={onKeyDown}>
        {TABS.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={each === tab}
            tabIndex={each === tab ? 0 : -1}
            onClick={() => setTab(each)}
          >
            {each}
          </button>
        ))}
      </div>
      <div class="kv" role="tabpanel" aria-label={tab}>
        {tab === "Request"
          ? <Request {...props} />
          : tab === "Span"
          ? <Span of={span} />
          : <Links {...props} />}
      </div>
    </aside>
  );
}

const GROUPS: readonly (readonly [string, RegExp])[] = [
  [
    "Request",
    /^(method|route|path|status|ms|error\.type|content\.type|body\.bytes|bytes\.out|request)$/,
  ],
  ["Work", /^(spans|db\..*|http\..*|log\..*|sync\.ms|queue\.ms)$/],
  ["Where", /^(isolate|version|loop\.ms|inflight|peer|client\..*)$/],
  ["Flags", /^flag\./],
];
const UNSHOWN = new Set(["time", "trace", "span"]);

function Request({ fields, same, route }: TracePaneProps): JSX.Element {
  const common = useMemo(() => fields === undefined ? undefined : commonOf(same, fields), [
    fields,
    same,
  ]);
  if (fields === undefined || common === undefined) {
    return <p class="note-text">Its request is not among those that are held.</p>;
  }
  const names = Object.keys(fields).filter((name) => !UNSHOWN.has(name));
  const own = names.filter((name) => !GROUPS.some(([, pattern]) => pattern.test(name)));
  const groups = GROUPS.map(([title, pattern]) =>
    [title, names.filter((name) => pattern.test(name))] as const
  );
  const ordered = [groups[0]!, ["Its own fields", own] as const, ...groups.slice(1)];
  return (
    <>
      {ordered.filter(([, list]) => list.length > 0).map(([title, list], i) => (
        <div key={title} class="kvg">
          <div class="g">
            <h3>{title}</h3>
            {i === 0 && <span>how common on this route</span>}
          </div>
          {list.map((name) => (
            <Field
              key={name}
              name={name}
              given={fields[name]!}
              common={common.get(name)}
              route={route}
            />
          ))}
        </div>
      ))}
    </>
  );
}

function Field({ name, given, common, route }: {
  name: string;
  given: Value;
  common: Common | undefined;
  route: string;
}): JSX.Element {
  return (
    <div class="f">
      <span class="k" title={shown(name)}>{shown(name)}</span>
      <a
        class="v"
        href={askHref(joined(/^(method|route)$/.test(name) ? "" : route, is(name, given)))}
        title="Requests with this"
      >
        {value(name, given)}
      </a>
      {common === undefined ? <span /> : (
        <span class={common.isRare ? "rare odd" : "rare"}>
          {common.words}
          <Bar share={common.share} isChosen={common.isRare} />
        </span>
      )}
    </div>
  );
}

function Span({ of }: { of: WireSpan | undefined }): JSX.Element {
  if (of === undefined) return <p class="note-text">No span is held.</p>;
  const about: readonly (readonly [string, string])[] = [
    ["kind", of.kind],
    ["starts", clock(of.startTimeMs, "ms")],
    ["takes", ms(of.durationMs)],
    ...(of.usualMs === undefined ? [] : [["usually", ms(of.usualMs)] as const]),
    ["status", of.statusMessage === "" ? of.status : `${of.status}: ${of.statusMessage}`],
    ["span", of.spanId],
  ];
  return (
    <>
      <div class="g">
        <h3>{shown(of.name)}</h3>
      </div>
      {about.map(([name, text]) => <Pair key={name} name={name} text={text} />)}
      <Attributes title="Attributes" of={of.attributes} />
      {of.events.map((event, i) => (
        <div key={i}>
          <Attributes
            title={`${event.name}, +${ms(Math.max(0, event.timeMs - of.startTimeMs))}`}
            of={event.attributes}
          />
        </div>
      ))}
    </>
  );
}

function Attributes(
  { title, of }: { title: string; of: Readonly<Record<string, unknown>> },
): JSX.Element | null {
  const all = Object.entries(of);
  return (
    <>
      <div class="g">
        <h3>{shown(title)}</h3>
        {all.length === 0 && <span>none</span>}
      </div>
      {all.map(([name, given]) => (
        <Pair
          key={name}
          name={name}
          text={typeof given === "object" ? JSON.stringify(given) : String(given)}
        />
      ))}
    </>
  );
}

function Pair({ name, text }: { name: string; text: string }): JSX.Element {
  return (
    <div class="f long">
      <span class="k" title={shown(name)}>{shown(name)}</span>
      <span class="v">{shown(text)}</span>
    </div>
  );
}

function Links({ fields, route, trace, spans }: TracePaneProps): JSX.Element {
  const linked = spans.flatMap(({ links }) => links);
  const list: (readonly [string, string])[] = [[
    "Lines of this trace",
    logsHref(is("trace", trace)),
  ]];
  if (fields !== undefined) {
    list.push(["Requests of its route", askHref(route)], [
      "Its route by status",
      askHref(`${route} by status`),
    ]);
    if (typeof fields.status === "number" && fields.status >= 500) {
      list.push(["Why requests of its route fail", askHref(`${route} why status>=500`)]);
    }
    const user = Object.keys(fields).find((name) =>
      /^(user|customer|account|tenant)(\.id)?$/.test(name)
    );
    if (user !== undefined) {
      list.push([`All of ${user} ${fields[user]}`, askHref(is(user, fields[user]!))]);
    }
  }
  return (
    <ul class="linklist">
      {list.map(([text, to]) => (
        <li key={to}>
          <a href={to}>{shown(text)}</a>
        </li>
      ))}
      {linked.map(({ traceId, spanId }) => (
        <li key={spanId}>
          <a href={traceHref(traceId, spanId)}>
            Linked span <span class="mono">{spanId}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
