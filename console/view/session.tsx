import type { JSX } from "preact";
export function SessionDialog(): JSX.Element {
  return <p>soon</p>;
}
