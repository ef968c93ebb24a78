/**
 * Small parts that views share.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { plain } from "../text/format.ts";

/** A status: its class is said by its first digit, its colour only repeats it. */
export function Status({ status }: { status: unknown }): JSX.Element | null {
  if (typeof status !== "number") return null;
  return <span class={`st${status >= 500 ? " e" : status >= 400 ? " w" : ""}`}>{status}</span>;
}

/** A framed part of a view. */
export function Panel(
  { title, side, className = "", children, label }: {
    title?: string;
    side?: ComponentChildren;
    className?: string;
    label?: string;
    children: ComponentChildren;
  },
): JSX.Element {
  return (
    <section class={`panel ${className}`} aria-label={label ?? title}>
      {title !== undefined && (
        <header>
          <h2>{title}</h2>
          {side !== undefined && <div class="r">{side}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** The head of a column: what it says, its class, and what a head without text is. */
export type Head = readonly [
  says: ComponentChildren,
  className?: string | undefined,
  label?: string | undefined,
];

/** A table that scrolls sideways where it must; a head that is false is left out. */
export function Table(
  { heads, className, children }: {
    heads: readonly (Head | false)[];
    className?: string;
    children: ComponentChildren;
  },
): JSX.Element {
  return (
    <div class="scroll">
      <table class={className}>
        <thead>
          <tr>
            {heads.map((head, i) => {
              if (head === false) return null;
              const [says, kind, label] = head;
              return (
                <th
                  key={i}
                  scope={label === undefined ? "col" : undefined}
                  class={kind}
                  aria-label={label}
                >
                  {says}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Copies a text, and says that it did. */
export function Copy({ text, children }: { text: () => string; children: string }): JSX.Element {
  const [said, say] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => say(""), 1600);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    Promise.resolve(navigator.clipboard?.writeText(plain(text()))).then(
      () => say(navigator.clipboard === undefined ? "Not allowed here" : "Copied"),
      () => say("Not allowed here"),
    );
  return (
    <button type="button" class="btn small" onClick={copy}>
      <span aria-live="polite">{said || children}</span>
    </button>
  );
}

/** Offers a text as a file. */
export function save(name: string, parts: readonly BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob([...parts], { type })),
    link = document.createElement("a");
  link.href = url;
  link.download = plain(name).replace(/[^\w.-]+/g, "-");
  link.click();
  // The download has begun once this task is over.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** What is shown where there is nothing yet. */
export function Empty(
  { title, children }: { title: string; children: ComponentChildren },
): JSX.Element {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}
