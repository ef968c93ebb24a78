import { equal } from "node:assert/strict";
import { test } from "node:test";
import { current } from "../../src/core/context.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { Tracer } from "../../src/trace/tracer.ts";

test("instrument() starts a lazy response in the request's span", async () => {
  const tracer = new Tracer();
  let spanId: string | undefined;
  const handler = instrument((_request: Request) =>
    ({
      then(resolve: (response: Response) => void) {
        spanId = current()?.spanId;
        resolve(new Response("hi"));
      },
    }) as unknown as Promise<Response>, { tracer });
  equal(await (await handler(new Request("http://127.0.0.1/")))!.text(), "hi");
  equal(spanId, tracer.finished.since(0)[0]!.spanId);
});
