#!/usr/bin/env bash
# flagd's evaluators of JavaScript (@openfeature/flagd-core 4.0.1) and of Python (openfeature-flagd-core
# 2.0.0) split the same users otherwise: `fractional` without a key hashes the joined text of the flag's key
# and the user's in one, the CBOR of the pair in the other. Of 1000 users of a 50/50 split, about half get
# another variant in a service of the other language. Seen: "495 of 1000 users differ".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent @openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib \
  openfeature-flagd-core==2.0.0 cbor2==5.6.5 mmh3==5.0.1 semver==3.0.4
cat >main.mjs <<'JS'
import { FlagdCore } from "@openfeature/flagd-core";

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const core = new FlagdCore(undefined, silent);
const variants = { a: "a", b: "b" };
const targeting = { fractional: [["a", 50], ["b", 50]] };
core.setConfigurations(JSON.stringify({
  flags: { checkout: { state: "ENABLED", variants, defaultVariant: "a", targeting } },
}));
for (let i = 0; i < 1000; i++) {
  const context = { targetingKey: `user-${i}` };
  console.log(core.resolveStringEvaluation("checkout", "", context, silent).value);
}
JS
cat >main.py <<'PY'
from openfeature.contrib.tools.flagd.core.targeting.custom_ops import fractional

for i in range(1000):
    context = {"targetingKey": f"user-{i}", "$flagd": {"flagKey": "checkout"}}
    print(fractional(context, ["a", 50], ["b", 50]))
PY
node main.mjs >javascript.txt
PYTHONPATH=lib python3 main.py >python.txt
seen="$(paste javascript.txt python.txt | awk '$1 != $2' | wc -l) of $(wc -l <javascript.txt) users differ"
echo "$seen"
[ "$seen" = "495 of 1000 users differ" ] || { echo "That has changed" >&2; exit 1; }
