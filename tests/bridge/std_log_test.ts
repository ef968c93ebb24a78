import assert from "node:assert/strict";
import { test } from "node:test";
import { stdLogHandler } from "../../src/bridge/std_log.ts";
import { Logger } from "../../src/log/logger.ts";

/** The shape of `BaseHandler` of `@std/log` 0.224: nominal, because of its private part. */
class BaseHandler {
  #level = 0;
  levelName = "INFO";
  get level(): number {
    return this.#level;
  }
  set level(level: number) {
    this.#level = level;
  }
  handle(_record: unknown): void {}
}

/** What a logger of `@std/log` does with its handlers. */
function stdLogger(name: string, handlers: readonly BaseHandler[]) {
  return (level: number, msg: string, ...args: unknown[]) => {
    // `args` is a getter of their record's class.
    const record = {
      msg,
      level,
      levelName: "",
      loggerName: name,
      datetime: new Date(),
      get args() {
        return [...args];
      },
    };
    for (const handler of handlers) if (level >= handler.level) handler.handle(record);
  };
}

test("stdLogHandler() takes levels, loggers and structured arguments", () => {
  const log = new Logger({ level: "trace", sinks: [] });
  const handlers: { telltale: BaseHandler } = { telltale: stdLogHandler(log) };
  const root = stdLogger("default", [new BaseHandler(), handlers.telltale]);
  const shop = stdLogger("shop.cart", [handlers.telltale]);
  const error = new Error("bad");
  error.stack = "stack";
  root(10, "debug");
  root(20, "100% done", "and", 5);
  shop(30, "paid", { order: 7 });
  shop(40, "failed", error);
  shop(50, "both", error, { order: 7 });
  root(25, "between");
  const described = { type: "Error", message: "bad", stack: "stack" };
  const said = log.ring.since(0).map(({ severity, category, message, fields }) => [
    severity,
    category,
    message,
    fields,
  ]);
  assert.deepEqual(said, [
    [5, "", "debug", {}],
    [9, "", "100% done and 5", {}],
    [13, "shop.cart", "paid", { order: 7 }],
    [17, "shop.cart", "failed", { error: described }],
    [21, "shop.cart", "both", { error: described, args: { order: 7 } }],
    [9, "", "between", {}],
  ]);
});

test("stdLogHandler() obeys the category's level and flushes when it is let go of", () => {
  const seen: string[] = [];
  const log = new Logger({
    level: "info",
    levels: { shop: "error" },
    sinks: [({ message }) => seen.push(message)],
  });
  const handler = stdLogHandler(log);
  handler.setup();
  stdLogger("shop", [handler as unknown as BaseHandler])(30, "below");
  handler.log("direct");
  handler.destroy();
  assert.deepEqual(seen, ["direct"]);
  assert.equal(handler.format({ msg: "m", args: [], level: 20, loggerName: "" }), "m");
});
