import type { JSX } from "preact";
export function TracesView(): JSX.Element {
  return <p>soon</p>;
}
