import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commented, isCommentable, statementEnd } from "../../src/db/query/comment.ts";
import { read } from "../../src/db/sql/reading.ts";

const CONTEXT = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "",
};
const TRACE = "traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'";

test("commented() appends the trace as sqlcommenter has it", () => {
  equal(commented("SELECT 1", CONTEXT), `SELECT 1 /*${TRACE}*/`);
  equal(commented("SELECT 1;\n", CONTEXT), `SELECT 1 /*${TRACE}*/;\n`);
  equal(
    commented("SELECT 1", { ...CONTEXT, tracestate: "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7" }),
    `SELECT 1 /*${TRACE},tracestate='congo%3Dt61rcWkgMzE%2Crojo%3D00f067aa0ba902b7'*/`,
  );
  const unsampled = commented("SELECT 1", { ...CONTEXT, flags: 2 });
  equal(unsampled, `SELECT 1 /*${TRACE.replace("-01", "-00")}*/`);
});

test("commented() lets no value end the comment or its quotes", () => {
  const hostile = "a='*/ DROP TABLE users; --\ud800";
  const text = commented("SELECT 1", { ...CONTEXT, tracestate: hostile });
  equal(
    text,
    `SELECT 1 /*${TRACE},tracestate='a%3D%27%2A%2F%20DROP%20TABLE%20users%3B%20--%EF%BF%BD'*/`,
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (tracestate) => {
    const { text, isSingle } = read(
      commented("SELECT a", { ...CONTEXT, tracestate }),
      "postgresql",
    );
    return text === "SELECT a " && isSingle;
  }));
});

test("isCommentable() leaves alone what may have a comment", () => {
  equal(isCommentable("SELECT a #> b", "postgresql"), true);
  equal(isCommentable("SELECT a # b", "mysql"), false);
  for (const sql of ["SELECT 1 -- mine", "/* mine */ SELECT 1", "SELECT '--'"]) {
    equal(isCommentable(sql, "postgresql"), false, sql);
  }
});

test("statementEnd() is before semicolons and white space", () => {
  for (const [sql, end] of [["a", 1], ["a; ;\n", 1], [";", 0], ["", 0], ["a;b", 3]] as const) {
    equal(statementEnd(sql), end, sql);
  }
});
