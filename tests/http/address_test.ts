import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { isIP } from "node:net";
import fc from "fast-check";
import { isLoopbackAddress, isPrivateAddress } from "../../src/http/request/address.ts";

const ADDRESSES: readonly (readonly [address: string, kind: "loopback" | "private" | "public"])[] =
  [
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["0000::0001", "loopback"],
    ["::0.0.0.1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::FFFF:7f00:1", "loopback"],
    ["10.0.0.0", "private"],
    ["10.255.255.255", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.0.1", "private"],
    ["169.254.169.254", "private"],
    ["::ffff:10.1.2.3", "private"],
    ["::ffff:c0a8:101", "private"],
    ["fe80::1", "private"],
    ["fe80::1%eth0", "private"],
    ["FEBF::1", "private"],
    ["fc00::", "private"],
    ["fdff:ffff::1", "private"],
    ["0.0.0.0", "public"],
    ["::", "public"],
    ["9.255.255.255", "public"],
    ["11.0.0.0", "public"],
    ["100.64.0.1", "public"],
    ["126.255.255.255", "public"],
    ["128.0.0.1", "public"],
    ["172.15.255.255", "public"],
    ["172.32.0.0", "public"],
    ["192.167.1.1", "public"],
    ["192.169.0.0", "public"],
    ["169.253.0.1", "public"],
    ["8.8.8.8", "public"],
    ["::2", "public"],
    ["::127.0.0.1", "public"],
    ["1::ffff:127.0.0.1", "public"],
    ["fec0::1", "public"],
    ["fbff::1", "public"],
    ["fe00::1", "public"],
    ["2001:db8::1", "public"],
    ["64:ff9b::10.0.0.1", "public"],
    // Not addresses, or addresses with a second reading.
    ["", "public"],
    ["localhost", "public"],
    ["127.1", "public"],
    ["2130706433", "public"],
    ["010.0.0.1", "public"],
    ["0x7f.0.0.1", "public"],
    ["127.0.0.256", "public"],
    ["127.0.0.1.", "public"],
    ["127.0.0.1\n", "public"],
    [" 127.0.0.1", "public"],
    ["127.0.0.1:80", "public"],
    ["[::1]", "public"],
    ["::1::", "public"],
    [":::1", "public"],
    ["1:2:3:4:5:6:7::8", "public"],
    ["::1%", "public"],
    ["::1%a%b", "public"],
    ["::ffff:127.0.0.1:0", "public"],
    ["127.0.0.1::", "public"],
    ["fe80::" + "0".repeat(100), "public"],
  ];

test("isLoopbackAddress() and isPrivateAddress() know every range by its edges", () => {
  const seen = ADDRESSES.map(([address]) => [
    address,
    isLoopbackAddress(address) ? "loopback" : isPrivateAddress(address) ? "private" : "public",
  ]);
  deepEqual(seen, ADDRESSES);
});

test("isPrivateAddress() includes every loopback address", () => {
  for (const [address, kind] of ADDRESSES) {
    if (kind === "loopback") equal(isPrivateAddress(address), true, address);
  }
});

test("isPrivateAddress() takes nothing that is not an address and never throws", () => {
  const nearly = fc.array(
    fc.constantFrom("127", "10", "0", "fe80", "fc00", "::", ":", ".", "ffff", "%", "1", "x", " "),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string()), (text) => {
      if (isPrivateAddress(text)) equal(isIP(text.split("%")[0]!) > 0, true, text);
    }),
    { numRuns: 2000 },
  );
});

test("isPrivateAddress() answers false to what is not a string", () => {
  for (const value of [undefined, null, 127, {}, ["10.0.0.1"]]) {
    equal(isPrivateAddress(value as unknown as string), false);
  }
});

test("isPrivateAddress() reads a mapped address as the IPv4 address in it", () => {
  fc.assert(fc.property(fc.ipV4(), (address) => {
    equal(isPrivateAddress(`::ffff:${address}`), isPrivateAddress(address));
    equal(isLoopbackAddress(`::ffff:${address}`), isLoopbackAddress(address));
  }));
});
