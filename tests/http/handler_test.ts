import assert from "node:assert/strict";
import { test } from "node:test";
import { knownMethod, pathOf } from "../../src/http/handler.ts";
import { validRequestId } from "../../src/http/request_id.ts";

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
];
for (const [url, path] of PATHS) {
  test(`pathOf() of ${url}`, () => assert.equal(pathOf(url), path));
}

test("knownMethod() keeps the methods of the semantic conventions, in upper case only", () => {
  for (const method of ["GET", "POST", "PATCH", "QUERY"]) assert.equal(knownMethod(method), method);
  for (const method of ["get", "FOO", "", "__proto__"]) assert.equal(knownMethod(method), "_OTHER");
});

test("validRequestId() takes what may go into a header and a log as it stands", () => {
  for (
    const id of ["a", "0af7651916cd43dd8448eb211c80319c", "a.b_c~d:e/f+g=h@i-j", "x".repeat(128)]
  ) {
    assert.equal(validRequestId(id), id);
  }
  for (const id of [null, "", "a b", "a,b", "a\nb", "é", "<x>", '"', "x".repeat(129)]) {
    assert.equal(validRequestId(id), undefined);
  }
});
