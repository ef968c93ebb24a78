/**
 * Asks for the token, where the service wants one.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { link } from "../data/state.ts";
import { shown } from "../text/format.ts";
import { use } from "../use.ts";

/** The page in place of all others until a token is given. */
export function Login({ onToken }: { onToken: (token: string) => void }): JSX.Element {
  const how = use(link), [token, setToken] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (token.trim() !== "") onToken(token);
  };
  return (
    <main class="login">
      <form class="panel" onSubmit={submit}>
        <h1>
          <span class="lampdot" />Telltale
        </h1>
        <p>
          This service shows its console to callers that have its token, or that are on its own
          machine.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="btn primary">Open the console</button>
        {how.kind === "refused" && (
          <p class="faint" role="status">The service said: {shown(how.why)}</p>
        )}
        <p class="faint">
          It is <code>access.token</code> of the service. A link ends in{" "}
          <code>#token=…</code>: that part of an address reaches no server and no log.
        </p>
      </form>
    </main>
  );
}
