import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { failureOf, toldMessage } from "../../src/db/query/failure.ts";

class PostgresError extends Error {}

test("failureOf() finds the code where each driver has it", () => {
  const cases: readonly (readonly [
    system: string,
    error: unknown,
    status: string | undefined,
    type: string,
  ])[] = [
    [
      "postgresql",
      Object.assign(new Error("m"), { name: "error", code: "23505" }),
      "23505",
      "23505",
    ],
    [
      "postgresql",
      Object.assign(new PostgresError("m"), {
        code: "ERR_POSTGRES_SERVER_ERROR",
        errno: "22P02",
      }),
      "22P02",
      "22P02",
    ],
    ["postgresql", Object.assign(new Error("m"), { code: "EPIPE" }), undefined, "EPIPE"],
    [
      "postgresql",
      Object.assign(new Error("m"), { code: "ECONNREFUSED", errno: -111 }),
      undefined,
      "ECONNREFUSED",
    ],
    ["postgresql", new Error("Query read timeout"), undefined, "timeout"],
    ["postgresql", new PostgresError("m"), undefined, "PostgresError"],
    [
      "mysql",
      Object.assign(new Error("m"), { code: "ER_DUP_ENTRY", errno: 1062, sqlState: "23000" }),
      "1062",
      "1062",
    ],
    [
      "mysql",
      Object.assign(new Error("m"), { code: "ECONNRESET", errno: -104 }),
      undefined,
      "ECONNRESET",
    ],
    [
      "sqlite",
      Object.assign(new Error("m"), { code: "ERR_SQLITE_ERROR", errcode: 2067 }),
      "2067",
      "2067",
    ],
    ["sqlite", Object.assign(new Error("m"), { code: "SQLITE_BUSY", errno: 5 }), "5", "5"],
    [
      "sqlite",
      Object.assign(new Error("m"), { code: "ERR_SQLITE_ERROR" }),
      undefined,
      "ERR_SQLITE_ERROR",
    ],
    ["redis", new Error("WRONGTYPE Operation against a key"), "WRONGTYPE", "WRONGTYPE"],
    ["redis", new Error("Connection is closed."), undefined, "Error"],
    [
      "mongodb",
      Object.assign(new Error("m"), { code: "not a code at all: secret" }),
      undefined,
      "Error",
    ],
    ["mongodb", "secret", undefined, "string"],
    ["mongodb", undefined, undefined, "undefined"],
    ["mongodb", null, undefined, "Error"],
    [
      "mongodb",
      new Proxy({}, {
        get: () => {
          throw new Error("no");
        },
      }),
      undefined,
      "Error",
    ],
  ];
  for (const [system, error, status, type] of cases) {
    const told = failureOf(error, system);
    deepEqual([system, told.status, told.type], [system, status, type]);
  }
});

test("failureOf() leaves out the query that Deno appends to a message", () => {
  const said = "incomplete input in PRAGMA key = hunter2 SELECT at offset 12";
  const error = Object.assign(new Error(said), { code: "ERR_SQLITE_ERROR" });
  deepEqual(failureOf(error, "sqlite"), {
    status: undefined,
    type: "ERR_SQLITE_ERROR",
    message: "incomplete input",
    isSaid: true,
  });
});

test("failureOf() tells messages as far as they quote nothing", () => {
  const cases: readonly (readonly [message: string, told: string])[] = [
    [
      'duplicate key value violates unique constraint "users_pkey"',
      "duplicate key value violates unique constraint …",
    ],
    ["Duplicate entry 'it's secret' for key 'name'", "Duplicate entry …"],
    [
      "UNIQUE constraint failed: users.name, users.email",
      "UNIQUE constraint failed: users.name, users.email",
    ],
    ["no such column: secret", "no such column …"],
    ["ERR unknown command 'x', with args beginning with: 'secret'", "ERR unknown command …"],
    ["connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED ?.?.?.?:?"],
    ["first line\nsecret", "first line …"],
    ["", ""],
  ];
  for (const [message, told] of cases) deepEqual([message, toldMessage(message)], [message, told]);
  for (
    const [system, error] of [
      ["postgresql", { code: "P0001", message: "secret" }],
      ["mysql", { errno: 1644, sqlState: "45000", message: "secret" }],
      ["sqlite", { errcode: 1811, message: "secret" }],
    ] as const
  ) deepEqual(failureOf(error, system).message, "");
});

test("toldMessage() tells nothing after a quote or a colon, and no number", () => {
  const value = fc.string({ maxLength: 20 }),
    quote = fc.constantFrom('"', "'", "`", ": ", "(", "\n");
  fc.assert(fc.property(value, quote, fc.nat(), (value, quote, number) => {
    const told = toldMessage(`value ${number} of ${quote}${value}secret`);
    ok(!told.includes("secret") && !/\d/.test(told));
  }));
});

test("failureOf() tells no message of a function of the application", () => {
  const messages = ["no user alice", "timed out for alice", "ALICE is unknown"];
  for (const message of messages) {
    for (const system of ["sqlite", "postgresql", "mysql"]) {
      deepEqual(failureOf(new TypeError(message), system).message, "");
    }
    // What is traced by hand fails with the application's own errors, as any span of its does.
    deepEqual(failureOf(new TypeError(message), "mongodb", false).message, message);
  }
  deepEqual(failureOf(new Error("Connection terminated unexpectedly"), "postgresql"), {
    status: undefined,
    type: "Error",
    message: "Connection terminated unexpectedly",
    isSaid: false,
  });
});
