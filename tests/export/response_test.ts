import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProtoWriter } from "../../src/core/protobuf.ts";
import { parseAnswer, readBody } from "../../src/export/post/answer.ts";

const utf8 = new TextEncoder();
const json = (value: unknown) => utf8.encode(JSON.stringify(value));

function partial(rejected: number, message: string): Uint8Array {
  const writer = new ProtoWriter();
  writer.message(1, () => {
    writer.uint(1, rejected);
    writer.text(2, message);
  });
  return writer.finish();
}

function status(message: string): Uint8Array {
  const writer = new ProtoWriter();
  writer.uint(1, 3);
  writer.text(2, message);
  return writer.finish();
}

test("parseAnswer() reads partial success and status in both encodings", () => {
  const answers = [
    parseAnswer(json({}), "application/json", true),
    parseAnswer(
      json({ partialSuccess: { rejectedSpans: "3", errorMessage: "no" } }),
      "application/json",
      true,
    ),
    parseAnswer(json({ partialSuccess: { rejectedDataPoints: 4 } }), "application/json; a=b", true),
    parseAnswer(json({ partialSuccess: { rejectedLogRecords: "-1" } }), "application/json", true),
    parseAnswer(json({ code: 3, message: "bad" }), "application/json", false),
    parseAnswer(partial(300, "some"), "application/x-protobuf", true),
    parseAnswer(status("bad proto"), "application/x-protobuf", false),
    parseAnswer(utf8.encode("no such page"), "text/plain", false),
    parseAnswer(utf8.encode("<html>"), "text/html", true),
  ];
  assert.deepEqual(answers, [
    { rejected: 0, message: "" },
    { rejected: 3, message: "no" },
    { rejected: 4, message: "" },
    { rejected: 0, message: "" },
    { rejected: 0, message: "bad" },
    { rejected: 300, message: "some" },
    { rejected: 0, message: "bad proto" },
    { rejected: 0, message: "no such page" },
    { rejected: 0, message: "" },
  ]);
});

test("parseAnswer() reads a receiver's message whatever the content type", () => {
  const forged = "bad\n\x1b[31mFORGED\u202e \ud800";
  const said = (body: Uint8Array, type: string) => parseAnswer(body, type, false).message;
  // Loki and Mimir send a Status as octet-stream.
  assert.equal(
    said(status("error at least one label pair is required"), "application/octet-stream"),
    "error at least one label pair is required",
  );
  assert.equal(said(status("a b"), ""), "a b");
  const clean = "bad [31mFORGED";
  assert.equal(said(status(forged), "application/x-protobuf"), clean);
  assert.equal(said(json({ message: forged }), "application/json"), clean);
  assert.equal(said(utf8.encode(forged), "text/plain"), clean);
  assert.equal(said(json({ status: "error", error: "too old" }), "application/json"), "too old");
  // Datadog, RFC 9457, and what only says that it is JSON.
  assert.equal(
    said(json({ errors: ["Forbidden"] }), "application/json"),
    '{"errors":["Forbidden"]}',
  );
  assert.equal(
    said(json({ title: "Bad", detail: "no such tenant" }), "application/problem+json"),
    '{"title":"Bad","detail":"no such tenant"}',
  );
  assert.equal(said(utf8.encode("Unauthorized\n"), "application/json"), "Unauthorized");
  assert.equal(said(new Uint8Array([0, 1, 2, 255, 254, 7]), "application/octet-stream"), "");
  assert.equal(said(utf8.encode("<html>\r\n<h1>502</h1>"), "text/html"), "<html> <h1>502</h1>");
});

test("parseAnswer() reads anything without throwing and never rejects a negative number", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom("application/json", "application/x-protobuf", "", "text/plain"),
      fc.boolean(),
      (body, contentType, ok) => {
        const { rejected, message } = parseAnswer(body, contentType, ok);
        assert.ok(rejected >= 0 && message.length <= 200);
        assert.doesNotMatch(message, /[\p{Cc}\p{Cs}\ufffd]/u);
      },
    ),
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, ok) => {
      assert.ok(parseAnswer(json(value), "application/json", ok).rejected >= 0);
    }),
  );
});

test("readBody() reads no more than its cap and cancels the rest", async () => {
  let pulled = 0, cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(1000).fill(7));
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const body = await readBody(new Response(endless), 4096);
  assert.equal(body.length, 4096);
  assert.ok(body.every((byte) => byte === 7));
  assert.ok(cancelled && pulled < 12, `${pulled} chunks were read`);
});
