import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_NAMES } from "../../examples/demo/faults.ts";
import { parseOptions } from "../../examples/demo/options.ts";

const DEFAULTS = {
  port: 8080,
  runtime: undefined,
  forSeconds: undefined,
  fault: undefined,
  logs: false,
  help: false,
};

test("parseOptions() reads --name value and --name=value, and has defaults", () => {
  assert.deepEqual(parseOptions([]), DEFAULTS);
  assert.deepEqual(
    parseOptions(["--port", "9000", "--for=2.5", "--runtime=bun", "--fault", "slo-burn", "--logs"]),
    {
      ...DEFAULTS,
      port: 9000,
      forSeconds: 2.5,
      runtime: "bun",
      fault: "slo-burn",
      logs: true,
    },
  );
  assert.deepEqual(parseOptions(["--port=0", "--help"]), { ...DEFAULTS, port: 0, help: true });
});

test("parseOptions() takes every fault, none of them, or one that is drawn", () => {
  for (const fault of FAULT_NAMES) assert.equal(parseOptions(["--fault", fault]).fault, fault);
  assert.equal(parseOptions(["--fault", "none"]).fault, undefined);
  const drawn = new Set(Array.from({ length: 500 }, () => parseOptions(["--fault=random"]).fault));
  assert.deepEqual([...drawn].sort(), [...FAULT_NAMES].sort());
});

const NAMES = ["none", "random", ...FAULT_NAMES].join(", ");

const WRONG: readonly (readonly [string, string])[] = [
  ["--prot 1", "There is no option --prot"],
  ["9000", "There is no option 9000"],
  ["--prot=1", "There is no option --prot"],
  ["--port", "--port must be a whole number from 0 to 65534, not missing"],
  ["--port http", "--port must be a whole number from 0 to 65534, not http"],
  ["--port -1", "--port must be a whole number from 0 to 65534, not -1"],
  ["--port 65535", "--port must be a whole number from 0 to 65534, not 65535"],
  ["--port 1e3", "--port must be a whole number from 0 to 65534, not 1e3"],
  ["--runtime node", "--runtime must be deno or bun, not node"],
  ["--runtime", "--runtime must be deno or bun, not missing"],
  ["--fault", `--fault must be one of ${NAMES}, not missing`],
  ["--fault=slow", `--fault must be one of ${NAMES}, not slow`],
  ["--for", "--for must be seconds, more than 0 up to 86400, not missing"],
  ["--for=", "--for must be seconds, more than 0 up to 86400, not "],
  ["--for 0", "--for must be seconds, more than 0 up to 86400, not 0"],
  ["--for soon", "--for must be seconds, more than 0 up to 86400, not soon"],
  ["--for Infinity", "--for must be seconds, more than 0 up to 86400, not Infinity"],
];

for (const [args, message] of WRONG) {
  test(`parseOptions() refuses ${args}`, () => {
    assert.throws(() => parseOptions(args.split(" ")), { name: "Error", message });
  });
}
