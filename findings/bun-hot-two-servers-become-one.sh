#!/usr/bin/env bash
# Bun 1.4.5 --hot: two servers of one program that both ask for port 0 become one. The second call of
# Bun.serve returns the first server, which from then on answers with the second handler. Without
# --hot there are two, and with --hot and an `id` each, too. Seen: "hot: one port, b b".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent bun@1.4.5
cat >main.ts <<'TS'
const serve = (name: string) =>
  Bun.serve({
    ...(process.env.WITH_ID === undefined ? {} : { id: name }),
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(name),
  });
const a = serve("a"), b = serve("b");
const answers = [await (await fetch(a.url)).text(), await (await fetch(b.url)).text()];
console.log(`${a.port === b.port ? "one port" : "two ports"}, ${answers.join(" ")}`);
process.exit(0);
TS
seen="cold: $(node_modules/.bin/bun main.ts)
hot: $(timeout 20 node_modules/.bin/bun --hot main.ts)
hot, with ids: $(WITH_ID=1 timeout 20 node_modules/.bin/bun --hot main.ts)"
echo "$seen"
[ "$seen" = "cold: two ports, a b
hot: one port, b b
hot, with ids: two ports, a b" ] || { echo "That has changed" >&2; exit 1; }
