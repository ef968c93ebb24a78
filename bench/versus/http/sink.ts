/**
 * Accepts exports and drops them, so that the cost of export is measured. It parses no more of HTTP than
 * where the next request begins, because it shares the machine with the driver.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import process from "node:process";

const HEAD_END = Buffer.from("\r\n\r\n"), LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");
const ANSWER =
  "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";

const server = createServer((socket) => {
  /** Bytes left to skip of a body of known length; -1 in a head, -2 in a chunked body. */
  let left = -1;
  let head: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    if (left >= 0) {
      // No client sends a request before the last one was answered.
      left -= chunk.length;
    } else {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (left === -1) {
        const end = head.indexOf(HEAD_END);
        if (end < 0) return;
        const length = /content-length: *(\d+)/i.exec(head.toString("latin1", 0, end))?.[1];
        left = length === undefined ? -2 : Number(length) - (head.length - end - 4);
      }
      if (left === -2) {
        if (head.indexOf(LAST_CHUNK) < 0) return;
        left = 0;
      }
    }
    if (left > 0) return;
    left = -1;
    head = Buffer.alloc(0);
    socket.write(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`READY ${(server.address() as { port: number }).port}\n`);
});
