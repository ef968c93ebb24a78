/**
 * A component whose code comes when it is first drawn.
 *
 * @module
 */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { link } from "../data/state.ts";
import { part } from "../part.ts";
import { shown } from "../text/format.ts";
import { use } from "../use.ts";

/** The view of a part: until it is there, a word that it comes; and why, if it can't be had. */
export function Later<Props extends object>(
  { of, props, isQuiet = false }: {
    of: string;
    props?: Props;
    /** Draws nothing until it is there; a service that is not there is told elsewhere. */
    isQuiet?: boolean;
  },
): JSX.Element | null {
  const [loaded, setLoaded] = useState<{ View?: ComponentType<Props>; why?: string }>({});
  const [tries, setTries] = useState(0);
  const isLive = use(link).kind === "live";
  useEffect(() => {
    let isHere = true;
    setLoaded({});
    part(of).then(
      ({ View }) => isHere && setLoaded({ View: View as ComponentType<Props> }),
      (error) => isHere && setLoaded({ why: String(error) }),
    );
    return () => {
      isHere = false;
    };
  }, [of, tries]);
  const { View, why } = loaded;
  // The service is there again.
  useEffect(() => {
    if (isLive && why !== undefined) setTries(tries + 1);
  }, [isLive]);
  if (View !== undefined) return <View {...props as Props} />;
  if (why !== undefined && (isLive || !isQuiet)) {
    return (
      <p class="banner bad" role="alert">
        <b>This part of the page could not be loaded</b> ({shown(why)}).{" "}
        <button type="button" class="btn small" onClick={() => setTries(tries + 1)}>
          Try again
        </button>{" "}
        <button type="button" class="btn small" onClick={() => location.reload()}>
          Load the page anew
        </button>
      </p>
    );
  }
  return isQuiet ? null : <p class="muted" role="status">Loading …</p>;
}
