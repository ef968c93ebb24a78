#!/usr/bin/env bash
# In Bun 1.4.5, a session of node:inspector that only connects and disconnects ends the CPU profile that
# another session has begun: the other's Profiler.stop fails, and its samples are lost. On Node each
# session has a profiler of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.mjs <<'END'
import { Session } from "node:inspector";
const open = () => {
  const session = new Session();
  session.connect();
  return session;
};
const post = (session, method) =>
  new Promise((resolve) => session.post(method, (error) => resolve(error ? "fails" : "works")));
const one = open();
await post(one, "Profiler.enable");
await post(one, "Profiler.start");
open().disconnect();
console.log("stop", await post(one, "Profiler.stop"));
END
npm init -y >/dev/null
npm install --silent bun@1.4.5
seen="node $(node main.mjs)
bun $(./node_modules/.bin/bun main.mjs)"
echo "$seen"
[ "$seen" = "node stop works
bun stop fails" ] || { echo "That has changed" >&2; exit 1; }
