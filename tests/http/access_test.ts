import { test } from "node:test";
import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { Access } from "../../src/http/admin/access.ts";
import { isDirectPrivatePeer, type Peer, peerOf } from "../../src/http/request/peer.ts";
import { ManualClock } from "../manual_clock.ts";

const TOKEN = "correct-horse-battery";
const PRIVATE = [{ remoteAddr: { transport: "tcp", hostname: "10.0.0.7", port: 1 } }];
const PUBLIC = [{ remoteAddr: { transport: "tcp", hostname: "8.8.8.8", port: 1 } }];

function request(headers: Record<string, string> = {}): Request {
  return new Request("http://orders/metrics", { headers });
}

test("peerOf() reads the peer from the arguments of each runtime, by shape", () => {
  const bun = (ip: unknown, address: unknown = { address: "::", port: 80 }) => ({
    address,
    requestIP: () => ip,
  });
  const deno = (remoteAddr: unknown) => ({ remoteAddr, completed: Promise.resolve() });
  const throwing = {
    get remoteAddr() {
      throw new Error("closed");
    },
  };
  const table: readonly (readonly [rest: unknown[], peer: Peer])[] = [
    [[deno({ transport: "tcp", hostname: "10.0.0.7", port: 1 })], { address: "10.0.0.7" }],
    [[deno({ transport: "tcp", hostname: "::1", port: 1 }), "more"], { address: "::1" }],
    [[deno({ transport: "unix", path: "/run/a" })], { address: undefined, unix: true }],
    [[deno({ transport: "udp", hostname: "10.0.0.7" })], { address: undefined }],
    [[deno({ transport: "tcp", hostname: 5 })], { address: undefined }],
    [[deno(undefined)], { address: undefined }],
    [[bun({ address: "10.0.0.8", family: "IPv4", port: 1 })], { address: "10.0.0.8" }],
    [[bun(null)], { address: undefined }],
    [[bun(null, "/run/a.sock")], { address: undefined, unix: true }],
    [[bun({ address: 5 })], { address: undefined }],
    [[throwing], { address: undefined }],
    [[], { address: undefined }],
    [[undefined], { address: undefined }],
    [[null], { address: undefined }],
    [["10.0.0.7"], { address: undefined }],
    [[{ address: "10.0.0.7" }], { address: undefined }],
    [[{ remoteAddr: "10.0.0.7" }], { address: undefined }],
  ];
  for (const [rest, peer] of table) deepEqual(peerOf(request(), rest), peer);
});

test("peerOf() gives Bun's server itself the request", () => {
  const asked = request();
  const server = {
    address: {},
    ip: "192.168.0.4",
    requestIP(given: Request) {
      return given === asked ? { address: this.ip } : null;
    },
  };
  equal(peerOf(asked, [server]).address, "192.168.0.4");
});

test("peerOf() and isDirectPrivatePeer() believe no header", () => {
  const claims = request({
    "x-forwarded-for": "127.0.0.1",
    "x-real-ip": "127.0.0.1",
    host: "localhost",
  });
  deepEqual(peerOf(claims, PUBLIC), { address: "8.8.8.8" });
  equal(isDirectPrivatePeer(claims, peerOf(claims, PUBLIC)), false);
});

test("isDirectPrivatePeer() accepts private peers without a sign of a proxy", () => {
  const near: Peer = { address: "127.0.0.1" };
  const table: readonly (readonly [Peer, Record<string, string>, boolean])[] = [
    [near, {}, true],
    [near, { "user-agent": "Prometheus/3.5", accept: "*/*" }, true],
    [{ address: "::ffff:192.168.1.1" }, {}, true],
    [{ address: undefined, unix: true }, {}, true],
    [{ address: undefined }, {}, false],
    [{ address: "203.0.113.9" }, {}, false],
    [near, { "X-Forwarded-For": "203.0.113.9" }, false],
    [near, { "x-forwarded-for": "" }, false],
    [near, { forwarded: "for=203.0.113.9" }, false],
    [near, { via: "1.1 proxy" }, false],
    [near, { "x-forwarded-host": "shop.example" }, false],
    [near, { "x-forwarded-proto": "https" }, false],
    [near, { "x-real-ip": "203.0.113.9" }, false],
    [{ address: undefined, unix: true }, { via: "1.1 proxy" }, false],
  ];
  for (const [peer, headers, expected] of table) {
    equal(isDirectPrivatePeer(request(headers), peer), expected, JSON.stringify([peer, headers]));
  }
});

test("Access lets direct private peers in and nobody else", () => {
  const access = new Access();
  equal(access.allows(request(), PRIVATE), true);
  equal(access.allows(request(), PUBLIC), false);
  equal(access.allows(request(), []), false);
  equal(access.allows(request({ via: "1.1 proxy" }), PRIVATE), false);
  equal(access.allows(request({ authorization: "Bearer undefined" }), PUBLIC), false);
});

test("Access lets in a caller with exactly the token", () => {
  const access = new Access({ token: TOKEN });
  const table: readonly (readonly [authorization: string, allowed: boolean])[] = [
    [`Bearer ${TOKEN}`, true],
    [`bearer ${TOKEN}`, true],
    [`Bearer ${TOKEN}x`, false],
    [`Bearer ${TOKEN.slice(0, -1)}`, false],
    [`Bearer ${TOKEN.toUpperCase()}`, false],
    [`Bearer  ${TOKEN}`, false],
    [`Basic ${TOKEN}`, false],
    [TOKEN, false],
    ["Bearer", false],
    ["", false],
  ];
  for (const [authorization, allowed] of table) {
    equal(access.allows(request({ authorization }), PUBLIC), allowed, authorization);
  }
  equal(access.allows(request({ authorization: "Bearer wrong" }), PRIVATE), true);
});

test("Access compares tokens like ===", () => {
  const token = fc.string({
    unit: fc.constantFrom("a", "b", "-"),
    minLength: 16,
    maxLength: 18,
  });
  fc.assert(fc.property(token, token, (secret, given) => {
    const access = new Access({ token: secret, allow: () => false });
    equal(access.allows(request({ authorization: `Bearer ${given}` }), []), given === secret);
    equal(access.allows(request({ authorization: `Bearer ${secret}` }), []), true);
  }));
});

test("Access asks allow instead of the private-peer rule; a throw counts as no", () => {
  const seen: Peer[] = [];
  const open = new Access({
    allow: (_, peer) => {
      seen.push(peer);
      return true;
    },
  });
  equal(open.allows(request(), PUBLIC), true);
  deepEqual(seen, [{ address: "8.8.8.8" }]);
  const closed = new Access({ allow: () => false });
  equal(closed.allows(request(), PRIVATE), false);
  const broken = new Access({
    allow: () => {
      throw new Error("rule");
    },
  });
  equal(broken.allows(request(), PRIVATE), false);
  const promising = new Access({ allow: (() => Promise.resolve(false)) as unknown as () => false });
  equal(promising.allows(request(), PRIVATE), false);
});

test("Access refuses a token that is too short or not a header value, and does not repeat it", () => {
  for (
    const token of ["", "short", "x".repeat(513), "with spaces in the middle", "läng-genug-aber"]
  ) {
    throws(() => new Access({ token }), {
      name: "TypeError",
      message:
        "Cannot set access: token must be 16 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =, " +
        `got ${token.length} characters`,
    });
  }
  doesNotThrow(() => new Access({ token: undefined, allow: undefined }));
  throws(() => new Access({ allow: true as unknown as () => true }), TypeError);
});

const LOOPBACK = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } }];
const SOCKET = [{ remoteAddr: { transport: "unix", path: "/run/a" } }];

test("Access lets callers on this machine control, but no foreign web page", () => {
  const access = new Access();
  const table: readonly (readonly [rest: unknown[], Record<string, string>, boolean])[] = [
    [LOOPBACK, { host: "localhost:8000" }, true],
    [LOOPBACK, { host: "LOCALHOST" }, true],
    [LOOPBACK, { host: "app.localhost:8000" }, true],
    [LOOPBACK, { host: "127.0.0.1:8000" }, true],
    [LOOPBACK, { host: "127.8.9.1" }, true],
    [LOOPBACK, { host: "[::1]:8000" }, true],
    [SOCKET, { host: "anything" }, true],
    // DNS rebinding: the page's own name resolves to this machine.
    [LOOPBACK, { host: "evil.example:8000" }, false],
    [LOOPBACK, { host: "127.0.0.1.evil.example" }, false],
    [LOOPBACK, { host: "localhost.evil.example" }, false],
    [LOOPBACK, { host: "localhost:8000@evil.example" }, false],
    [LOOPBACK, { host: "0.0.0.0:8000" }, false],
    [LOOPBACK, { host: "" }, false],
    // A foreign page that knows the address.
    [LOOPBACK, { host: "localhost:8000", origin: "http://localhost:8000" }, true],
    [LOOPBACK, { host: "localhost:8000", origin: "https://localhost:8000" }, true],
    [LOOPBACK, { host: "localhost:8000", origin: "http://evil.example" }, false],
    [LOOPBACK, { host: "localhost:8000", origin: "http://localhost:3000" }, false],
    [LOOPBACK, { host: "localhost:8000", origin: "null" }, false],
    [LOOPBACK, { host: "localhost", "sec-fetch-site": "same-origin" }, true],
    [LOOPBACK, { host: "localhost", "sec-fetch-site": "none" }, true],
    [LOOPBACK, { host: "localhost", "sec-fetch-site": "cross-site" }, false],
    [LOOPBACK, { host: "localhost", "sec-fetch-site": "same-site" }, false],
    [LOOPBACK, { host: "localhost", "x-forwarded-for": "127.0.0.1" }, false],
    [PRIVATE, { host: "localhost" }, false],
    [PUBLIC, { host: "localhost" }, false],
    [[], { host: "localhost" }, false],
  ];
  for (const [rest, headers, expected] of table) {
    // Deno's Request drops nothing; a plain shape keeps Host where a runtime would.
    const given = { url: "http://orders/", headers: new Headers(headers) } as unknown as Request;
    equal(access.allows(given, rest, "control"), expected, JSON.stringify(headers));
  }
});

test("Access reads the host from the URL when there is no Host header, as in HTTP/2", () => {
  const access = new Access();
  for (const [url, expected] of [["http://localhost:8000/x", true], ["http://orders/x", false]]) {
    const given = { url, headers: new Headers() } as unknown as Request;
    equal(access.allows(given, LOOPBACK, "control"), expected);
  }
});

test("Access lets a caller with the token control from anywhere; allow is about reading only", () => {
  const access = new Access({ token: TOKEN, allow: () => true });
  equal(access.allows(request({ authorization: `Bearer ${TOKEN}` }), PUBLIC, "control"), true);
  equal(access.allows(request(), PUBLIC, "control"), false);
  equal(access.allows(request(), PUBLIC), true);
});

test("Access makes a peer wait after ten wrong tokens, and accepts the right one at any time", () => {
  const clock = new ManualClock();
  const access = new Access({ token: TOKEN, clock });
  const wrong = request({ authorization: "Bearer wrong" });
  const right = request({ authorization: `Bearer ${TOKEN}` });
  const other = [{ remoteAddr: { transport: "tcp", hostname: "8.8.4.4", port: 1 } }];
  for (let i = 0; i < 9; i++) access.allows(wrong, PUBLIC);
  clock.advance(20_000);
  deepEqual(access.judge(wrong, PUBLIC), { allowed: false, retryAfterSeconds: 0 });
  deepEqual(access.judge(wrong, PUBLIC), { allowed: false, retryAfterSeconds: 40 });
  // Others may be behind the same proxy.
  deepEqual(access.judge(right, PUBLIC), { allowed: true, by: "token" });
  deepEqual(access.judge(right, PUBLIC, "control"), { allowed: true, by: "token" });
  deepEqual(access.judge(wrong, other), { allowed: false, retryAfterSeconds: 0 });
  deepEqual(access.judge(right, PRIVATE), { allowed: true, by: "peer" });
  clock.advance(39_999);
  deepEqual(access.judge(wrong, PUBLIC), { allowed: false, retryAfterSeconds: 1 });
  clock.advance(1);
  deepEqual(access.judge(wrong, PUBLIC), { allowed: false, retryAfterSeconds: 0 });
});

/** Whether a caller that sends wrong tokens from here has to wait. */
function waitsFrom(access: Access, hostname: string): boolean {
  const wrong = request({ authorization: "Bearer wrong" });
  const verdict = access.judge(wrong, [{ remoteAddr: { transport: "tcp", hostname, port: 1 } }]);
  return !verdict.allowed && verdict.retryAfterSeconds > 0;
}

test("Access counts the addresses of one subscriber as one peer, and forgets the oldest", () => {
  const access = new Access({ token: TOKEN, clock: new ManualClock() });
  for (let i = 0; i < 10; i++) waitsFrom(access, `2001:db8:1:2::${i}`);
  equal(waitsFrom(access, "2001:db8:1:2:ffff::1"), true);
  equal(waitsFrom(access, "2001:db8:1:3::1"), false);
  for (let i = 0; i < 1000; i++) waitsFrom(access, `8.8.${i >> 8}.${i & 255}`);
  equal(waitsFrom(access, "2001:db8:1:2::1"), false);
});

test("Access counts wrong tokens of all addresses of one IPv6 network together", () => {
  const access = new Access({ token: TOKEN, clock: new ManualClock() });
  // The zeros of the network are left out in some of these, those of the host in others.
  for (const host of ["::1", "::a:b:c:d", "::b:b:c:d", "::c:0:0:1", ":0:0:d:e:f:1"]) {
    for (let i = 0; i < 2; i++) waitsFrom(access, `2001:db8${host}`);
  }
  equal(waitsFrom(access, "2001:db8::2"), true);
  equal(waitsFrom(access, "2001:db8:0:1::2"), false);
  equal(waitsFrom(access, "::ffff:203.0.113.9"), false);
});

/** A request as a runtime's server makes it: `new Request` may drop some headers. */
function served(headers: Record<string, string>, url = "http://orders/metrics"): Request {
  return { url, headers: new Headers(headers) } as unknown as Request;
}

test("isDirectPrivatePeer() takes connection: close as a sign of a proxy", () => {
  const table: readonly (readonly [connection: string, direct: boolean])[] = [
    ["close", false],
    ["Close", false],
    ["close, TE", false],
    ["te,close", false],
    ["keep-alive", true],
    ["Keep-Alive", true],
    ["Upgrade", true],
    ["x-close", true],
    ["closed", true],
    ["", true],
  ];
  for (const [connection, direct] of table) {
    equal(isDirectPrivatePeer(served({ connection }), { address: "10.0.0.7" }), direct, connection);
  }
});

test("Access lets a web page read under an address or a name of this machine only", () => {
  const access = new Access({ token: TOKEN });
  const page = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" };
  const scraper = { "user-agent": "Prometheus/3.5.0", accept: "*/*" };
  // Node's own fetch.
  const program = { "user-agent": "node", "sec-fetch-mode": "cors", "accept-language": "*" };
  const table: readonly (readonly [host: string, Record<string, string>, boolean])[] = [
    // DNS rebinding: the page's own name resolves to this machine.
    ["evil.example", page, false],
    ["evil.example:8000", page, false],
    ["evil.example", { origin: "http://evil.example", "sec-fetch-site": "same-origin" }, false],
    ["evil.example", { "sec-fetch-site": "none" }, false],
    ["evil.example", { origin: "null" }, false],
    ["evil.example", { referer: "http://evil.example/" }, false],
    ["127.0.0.1.evil.example", page, false],
    ["", page, false],
    ["localhost:8000", { ...page, "sec-fetch-site": "same-origin" }, true],
    ["app.localhost", page, true],
    ["127.0.0.1:8000", page, true],
    ["10.0.0.7", page, true],
    ["[::1]:8000", page, true],
    ["[fd00::7]", { ...page, origin: "http://[fd00::7]" }, true],
    ["orders.example:8000", scraper, true],
    ["orders.example", program, true],
    ["orders.example", {}, true],
    ["", scraper, true],
  ];
  for (const [host, headers, expected] of table) {
    const title = JSON.stringify([host, headers]);
    for (const rest of [LOOPBACK, PRIVATE]) {
      equal(access.allows(served({ host, ...headers }), rest), expected, title);
      // HTTP/2 has no Host header.
      if (host !== "") {
        equal(access.allows(served(headers, `https://${host}/metrics`), rest), expected, title);
      }
    }
    equal(access.allows(served({ host, ...headers }), SOCKET), true, title);
    const authorization = `Bearer ${TOKEN}`;
    equal(access.allows(served({ host, ...headers, authorization }), PUBLIC), true, title);
  }
});
