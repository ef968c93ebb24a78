#!/usr/bin/env bash
# @openfeature/flagd-core 4.0.1 (json-logic-engine 5.0.7): the variant of a subject whose attribute is absent
# depends on whether the rule was compiled. Compiled, as by default, {"cat": ["k", {"var": "email"}]} is
# "knull"; interpreted, as JsonLogic has it (an absent value is nothing in a text), it is "k". Interpreted is
# what the option disableDynamicCodeGeneration does, and the inside of every "if" with two arguments. So
# `fractional` by an attribute splits the subjects without it otherwise, and {"all": [{"var": "absent"}, …]}
# is true or false. Seen: "compiled: a true, interpreted: b false, compiled in a short if: b".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent @openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0
cat >main.mjs <<'JS'
import { FlagdCore } from "@openfeature/flagd-core";

const silent = { error() {}, warn() {}, info() {}, debug() {} };
const split = { fractional: [{ cat: ["k", { var: "email" }] }, ["a", 50], ["b", 50]] };
const every = { if: [{ all: [{ var: "roles" }, { "==": [{ var: "" }, "admin"] }] }, "true", "false"] };
const variants = { a: "a", b: "b", true: "true", false: "false" };

function seen(targeting, options) {
  const core = new FlagdCore(undefined, silent, options);
  const flag = { state: "ENABLED", variants, defaultVariant: "a", targeting };
  core.setConfigurations(JSON.stringify({ flags: { flag } }));
  return core.resolveStringEvaluation("flag", "", { targetingKey: "u" }, silent).value;
}
const interpreted = { disableDynamicCodeGeneration: true };
console.log(
  `compiled: ${seen(split)} ${seen(every)}, interpreted: ${seen(split, interpreted)} ` +
    `${seen(every, interpreted)}, compiled in a short if: ${seen({ if: [true, split] })}`,
);
JS
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = "compiled: a true, interpreted: b false, compiled in a short if: b" ] ||
  { echo "That has changed" >&2; exit 1; }
