/**
 * The line in which questions are typed: coloured, and completed from what rows have.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { Icon } from "../view/icon.tsx";
import { Painted } from "./paint.tsx";
import { suggest, type Suggestion } from "./suggest.ts";

/** How the line behaves. */
export interface QuestionBoxProps {
  readonly text: string;
  /** Rows whose fields and values complete it. */
  readonly frame: Frame;
  readonly label: string;
  readonly placeholder: string;
  /** Called while it is typed, and with `isDone` by Enter. */
  readonly onChange: (text: string, isDone: boolean) => void;
  readonly children?: JSX.Element | undefined;
}

/** How long a question is left alone before it is asked. */
const SETTLE_MS = 120;

/** A line for a question. */
export function QuestionBox(props: QuestionBoxProps): JSX.Element {
  const { text, frame, label, placeholder, onChange, children } = props;
  const input = useRef<HTMLInputElement>(null),
    painted = useRef<HTMLPreElement>(null),
    id = useId();
  const [typed, setTyped] = useState(text);
  const [list, setList] = useState<readonly Suggestion[]>([]);
  const [at, setAt] = useState(-1);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(text);
  useEffect(() => {
    // What was typed here comes back through the address: only a text from elsewhere replaces it.
    if (text !== sent.current) setTyped(text);
    sent.current = text;
  }, [text]);
  const send = (next: string, isDone: boolean) => {
    clearTimeout(timer.current);
    sent.current = next;
    onChange(next, isDone);
  };
  const edit = (next: string) => {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(next, false), SETTLE_MS);
  };
  const complete = () => {
    const { value, selectionStart } = input.current!;
    setList(suggest(frame, value, selectionStart ?? value.length));
    setAt(-1);
  };
  const accept = ({ text, from, to }: Suggestion) => {
    const next = typed.slice(0, from) + text + typed.slice(to), caret = from + text.length;
    input.current!.value = next;
    input.current!.setSelectionRange(caret, caret);
    edit(next);
    complete();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (list.length === 0) complete();
      else setAt((at + (key === "ArrowDown" ? 1 : list.length + (at < 0 ? 0 : -1))) % list.length);
    } else if (key === "Tab" && !event.shiftKey && list.length > 0 && (at >= 0 || typed !== "")) {
      // Tab takes the first; where there is nothing to take, it goes on, so that nobody is caught here.
      event.preventDefault();
      accept(list[Math.max(0, at)]!);
    } else if (key === "Enter") {
      if (at >= 0) accept(list[at]!);
      else {
        setList([]);
        send(typed, true);
      }
    } else if (key === "Escape") {
      event.stopPropagation();
      if (list.length > 0) setList([]);
      else input.current!.blur();
    }
  };
  const isOpen = list.length > 0;
  return (
    <div class="qbox">
      <Icon name="ask" />
      <div class="qin">
        <pre ref={painted} aria-hidden="true"><Painted text={typed} /></pre>
        <input
          ref={input}
          id="question"
          value={typed}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          role="combobox"
          aria-label={label}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          onInput={(event) => {
            edit(event.currentTarget.value);
            complete();
          }}
          onScroll={(event) => painted.current!.scrollLeft = event.currentTarget.scrollLeft}
          onClick={complete}
          onFocus={(event) => painted.current!.scrollLeft = event.currentTarget.scrollLeft}
          onBlur={() => setList([])}
          onKeyDown={onKeyDown}
        />
        <ul id={`${id}-list`} role="listbox" class="complete" hidden={!isOpen}>
          {list.map((each, i) => (
            <li
              key={`${each.kind}${each.text}`}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              onPointerDown={(event) => {
                event.preventDefault();
                accept(each);
              }}
            >
              <span class={`c-${each.kind}`}>{each.label}</span>
              <span class="hint">{each.hint}</span>
            </li>
          ))}
        </ul>
      </div>
      {children}
    </div>
  );
}
