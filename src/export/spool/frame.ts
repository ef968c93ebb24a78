/**
 * A batch as a file, with length and checksum in front, which show whether it is torn.
 *
 * @module
 */
import type { Batch } from "../batch/batch.ts";

/** "TTL1" */
const MAGIC = 0x54544c31;
/** Magic, checksum of the rest, length of the body, items, flags, time. */
const HEADER_BYTES = 4 + 4 + 4 + 4 + 4 + 8;
const JSON_FLAG = 1, GZIP_FLAG = 2;

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** CRC-32 of IEEE 802.3. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The file of a batch. */
export function encodeFrame(batch: Batch): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + batch.body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(8, batch.body.length);
  view.setUint32(12, batch.itemCount);
  view.setUint32(16, (batch.json ? JSON_FLAG : 0) | (batch.gzipped ? GZIP_FLAG : 0));
  view.setFloat64(20, batch.timeMs);
  frame.set(batch.body, HEADER_BYTES);
  view.setUint32(4, crc32(frame.subarray(8)));
  return frame;
}

/** The batch of a file; undefined when the file is torn, damaged or something else. */
export function decodeFrame(frame: Uint8Array): Batch | undefined {
  if (frame.length < HEADER_BYTES) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const end = HEADER_BYTES + view.getUint32(8);
  if (frame.length < end || crc32(frame.subarray(8, end)) !== view.getUint32(4)) return undefined;
  const flags = view.getUint32(16);
  return {
    body: frame.slice(HEADER_BYTES, end) as Uint8Array<ArrayBuffer>,
    json: (flags & JSON_FLAG) !== 0,
    gzipped: (flags & GZIP_FLAG) !== 0,
    itemCount: view.getUint32(12),
    timeMs: view.getFloat64(20),
  };
}
