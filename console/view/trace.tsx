import type { JSX } from "preact";
export function TraceView(): JSX.Element {
  return <p>soon</p>;
}
