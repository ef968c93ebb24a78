import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeName, numberFamily } from "../../src/metrics/mod.ts";
import { escapeFamily } from "../../src/metrics/data/escape_family.ts";

// The cases of prometheus/common's model tests.
const NAMES: [name: string, underscores: string, dots: string, values: string][] = [
  ["", "", "", ""],
  ["no:escaping_required", "no:escaping_required", "no:escaping__required", "no:escaping_required"],
  [
    "mysystem.prod.west.cpu.load",
    "mysystem_prod_west_cpu_load",
    "mysystem_dot_prod_dot_west_dot_cpu_dot_load",
    "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load",
  ],
  [
    "mysystem.prod.west.cpu.load_total",
    "mysystem_prod_west_cpu_load_total",
    "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
    "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
  ],
  [
    "http.status:sum",
    "http_status:sum",
    "http_dot_status:sum",
    "U__http_2e_status:sum",
  ],
  ["label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"],
  ["花火", "__", "____", "U___82b1__706b_"],
  ["花火_x", "___x", "______x", "U___82b1__706b___x"],
  ["0a", "_a", "__a", "U___30_a"],
];
for (const [name, underscores, dots, values] of NAMES) {
  test(`escapeName() of "${name}"`, () => {
    assert.equal(escapeName(name, "underscores"), underscores);
    assert.equal(escapeName(name, "dots"), dots);
    assert.equal(escapeName(name, "values"), values);
    assert.equal(escapeName(name, "allow-utf-8"), name);
  });
}

test("escapeFamily() leaves legacy names alone", () => {
  const legacy = numberFamily("gauge", "a_b", "A", [[1, { c_d: "x" }]]);
  assert.equal(escapeFamily(legacy, "dots"), legacy);
  const label = numberFamily("gauge", "a_b", "A", [[1, { "c.d": "x", e_f: "y" }]]);
  const escaped = escapeFamily(label, "dots");
  assert.deepEqual(escaped.samples[0]!.labels.names, ["c_dot_d", "e_f"]);
  assert.equal(escapeFamily(label, "allow-utf-8"), label);
});
