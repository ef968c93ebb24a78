/**
 * Icons, drawn with one stroke.
 *
 * @module
 */
import type { JSX } from "preact";

const PATHS = {
  overview: "M2 9h3l2-6 3 10 2-4h2",
  ask: "M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 3.5 3.5",
  traces: "M2 3h7M5 8h8M8 13h4",
  logs: "M2 3h12M2 6.5h9M2 10h12M2 13.5h6",
  metrics: "M2.5 2v11.5H14M5 10.5l2.5-4 2.5 2L13.5 4",
  runtime: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.6",
  health:
    "M8 13.5 2.8 8.3a3 3 0 0 1 0-4.4 3.2 3.2 0 0 1 4.5 0L8 4.6l.7-.7a3.2 3.2 0 0 1 4.5 0 3 3 0 0 1 0 4.4Z",
  database:
    "M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2-2.5 2-5.5 2-5.5-.9-5.5-2Zm0 0v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2",
  flags: "M3.5 14V2.5M3.5 3h9l-2.2 3 2.2 3h-9",
  profiles:
    "M8 14c-2.8 0-4.5-1.8-4.5-4.2C3.5 6.5 7 5.5 6.6 2c2.6 1 5.9 4.4 5.9 7.8 0 2.4-1.7 4.2-4.5 4.2Z",
  self: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  theme: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5l4.4-.8M8 8h6M8 11l4.4.8",
  help:
    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.2 6.2a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.1",
  session: "M8 2v7M5 6.5 8 9.5l3-3M2.5 11v2.5h11V11",
  close: "m4 4 8 8M12 4l-8 8",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon; what it means stands beside it, or is the label of its button. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg
      width="15"
      height="15"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
