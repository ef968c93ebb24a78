import { doesNotThrow, throws } from "node:assert/strict";
import { test } from "node:test";
import { growsLinearly } from "../growth.ts";

let sink = 0;

test("growsLinearly() fails for a loop in a loop, and not for one loop", () => {
  throws(
    () =>
      growsLinearly("square", (size) => {
        for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sink ^= i + j;
      }, 1500),
    /^AssertionError.*square: cost grows by a power of/,
  );
  doesNotThrow(() =>
    growsLinearly("line", (size) => {
      for (let i = 0; i < size; i++) sink ^= i;
    }, 1_000_000)
  );
});
