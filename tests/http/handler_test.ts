import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { pathOf, queryOf, shownQuery } from "../../src/http/request/target.ts";
import { knownMethod, knownMethods, METHODS } from "../../src/http/request/methods.ts";
import { validRequestId } from "../../src/http/request/headers.ts";

const PATHS: [url: string, path: string][] = [
  ["http://localhost/", "/"],
  ["http://localhost", "/"],
  ["http://localhost:8080/a/b?c=/d#e", "/a/b"],
  ["https://user:pw@host/a#b?c", "/a"],
  ["http://[::1]:80/x", "/x"],
  ["http://a b/x", "/x"],
  ["http:///x", "/x"],
  ["http://host/%ff/../y", "/%ff/../y"],
  ["http://host//double", "//double"],
  ["http://host?x=/y", "/"],
  ["http://host#/y", "/"],
  // What Bun gives where there is no usable host.
  ["/livez", "/livez"],
  ["/a?u=http://x/metrics", "/a"],
  ["/a#b://c/d", "/a"],
  ["/a://b/c", "/a://b/c"],
  ["//evil/x", "//evil/x"],
  ["host:80", "/"],
  ["", "/"],
];
for (const [url, path] of PATHS) {
  test(`pathOf() of ${url}`, () => assert.equal(pathOf(url), path));
}

test("knownMethod() keeps the methods of the semantic conventions, in upper case only", () => {
  for (const method of ["GET", "POST", "PATCH", "QUERY"]) assert.equal(knownMethod(method), method);
  for (const method of ["get", "FOO", "", "__proto__"]) assert.equal(knownMethod(method), "_OTHER");
});

test("knownMethods() reads the option, else the environment, in place of the standard list", () => {
  const faults = new Faults(() => {});
  const known = (
    given: string[] | undefined,
    variable?: string,
  ) => [...knownMethods(given, faults, () => variable)];
  assert.deepEqual(known(undefined), [...METHODS]);
  assert.deepEqual(known(undefined, "GET, PROPFIND,,report"), ["GET", "PROPFIND", "report"]);
  assert.deepEqual(known(["LOCK"], "GET"), ["LOCK"]);
  assert.equal(faults.counts().size, 0);
  for (const broken of ["a b", ",", Array(101).fill("M").join(",")]) {
    assert.deepEqual(known(undefined, broken), [...METHODS]);
  }
  assert.deepEqual([...faults.counts()], [["OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", 3]]);
  assert.throws(() => known([]), {
    name: "TypeError",
    message: "Cannot instrument handler: knownMethods must be an array of 1 to 100 methods, got []",
  });
  assert.throws(() => known(["GET", "a b"]), {
    name: "TypeError",
    message: 'Cannot instrument handler: each of knownMethods must be an HTTP token, got "a b"',
  });
});

const QUERIES: [url: string, query: string][] = [
  ["http://host/a?b=c", "b=c"],
  ["http://host/a?b=c?d#e?f", "b=c?d"],
  ["http://host?b", "b"],
  ["http://host/a?", ""],
  ["http://host/a#b?c", ""],
  ["http://host/a", ""],
  ["/a?u=http://x/y", "u=http://x/y"],
];
for (const [url, query] of QUERIES) {
  test(`queryOf() of ${url}`, () => assert.equal(queryOf(url), query));
}

test("shownQuery() hides parameters with secret names, and nothing else", () => {
  const table: [query: string, shown: string][] = [
    ["q=shoes&page=2&flag", "q=shoes&page=2&flag"],
    ["api_key=S1&q=1", "api_key=%5BREDACTED%5D&q=1"],
    ["q=1&Access-Token=S2", "q=1&Access-Token=%5BREDACTED%5D"],
    ["%61pi_key=S3", "%61pi_key=%5BREDACTED%5D"],
    ["password=a=b&password=", "password=%5BREDACTED%5D&password=%5BREDACTED%5D"],
    ["X-Amz-Signature=S4&sig=S5", "X-Amz-Signature=REDACTED&sig=REDACTED"],
    ["%zz=1&token", "%zz=1&token"],
    ["&&=&a", "&&=&a"],
  ];
  for (const [query, shown] of table) assert.equal(shownQuery(query, new Redactor()), shown);
  const removing = new Redactor({ by: "remove", keys: ["q"] });
  assert.equal(shownQuery("a=1&q=2&token=3", removing), "a=1&token=3");
  const long = shownQuery(`token=${"s".repeat(5000)}`, new Redactor());
  assert.equal(long, "token=%5BREDACTED%5D");
  assert.equal(shownQuery("a".repeat(5000), new Redactor()).length, 2048);
});

test("validRequestId() accepts ids that are safe in a header and a log", () => {
  for (
    const id of ["a", "0af7651916cd43dd8448eb211c80319c", "a.b_c~d:e/f+g=h@i-j", "x".repeat(128)]
  ) {
    assert.equal(validRequestId(id), id);
  }
  for (const id of [null, "", "a b", "a,b", "a\nb", "é", "<x>", '"', "x".repeat(129)]) {
    assert.equal(validRequestId(id), undefined);
  }
});
