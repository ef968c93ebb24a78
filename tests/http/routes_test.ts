import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "../../src/http/server/route.ts";
import { guessRoutes, matchRoutes, nameRoutes } from "../../src/http/server/route_resolvers.ts";

const request = new Request("http://localhost/");

const GUESSES: readonly (readonly [path: string, template: string | undefined])[] = [
  ["/", "/"],
  ["/orders", "/orders"],
  ["/orders/", "/orders/"],
  ["/orders/7", "/orders/:id"],
  ["/v2/orders/42/items", "/v2/orders/:id/items"],
  ["/orders/3fa85f64-5717-4562-b3fc-2c963f66afa6", "/orders/:id"],
  ["/commits/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/commits/:id"],
  ["/commits/deadbeef", "/commits/:id"],
  ["/feed", "/feed"],
  ["/sku/AB-1234", "/sku/:id"],
  ["/users/Åsa%20B", "/users/:id"],
  ["/static/app.js", "/static/app.js"],
  ["/static/app.3f2a1b.js", "/static/:id"],
  [`/x/${"a".repeat(33)}`, "/x/:id"],
  ["//", "//"],
  ["/..%2f..%2fetc/passwd", "/:id/passwd"],
  [`/${"a/".repeat(20)}`, undefined],
  [`/${"1".repeat(600)}`, undefined],
];

test("guessRoutes() makes a template of a path", () => {
  const guess = guessRoutes();
  for (const [path, template] of GUESSES) assert.equal(guess(request, path, 200), template, path);
});

test("guessRoutes() keeps to its cap and learns nothing from paths that were not found", () => {
  const guess = guessRoutes({ maxRoutes: 2 });
  assert.equal(guess(request, "/wp-admin", 404), undefined);
  assert.equal(guess(request, "/orders", 405), undefined);
  for (const refused of [400, 401, 403, 429]) {
    assert.equal(guess(request, "/wp-login", refused), undefined);
  }
  assert.equal(guess(request, "/orders", 200), "/orders");
  assert.equal(guess(request, "/carts/7", 500), "/carts/:id");
  assert.equal(guess(request, "/users", 200), undefined);
  assert.equal(guess(request, "/carts/8", 404), "/carts/:id");
  for (const maxRoutes of [0, 1.5, NaN, 10_001]) {
    assert.throws(() => guessRoutes({ maxRoutes }), {
      name: "RangeError",
      message:
        `Cannot guess routes: maxRoutes must be a whole number from 1 to 10000, got ${maxRoutes}`,
    });
  }
});

test("matchRoutes() names the first pattern that matches the path, whatever the host", () => {
  const patterns = ["/orders/:id(\\d+)", "/orders/:name", "/files/*"].map((pathname) =>
    new URLPattern({ pathname })
  );
  const route = matchRoutes(patterns);
  const hostile = { url: "http://a b/orders/7" } as Request;
  const table: [path: string, template: string | undefined][] = [
    ["/orders/7", patterns[0]!.pathname],
    ["/orders/seven", "/orders/:name"],
    ["/files/a/b", "/files/*"],
    ["/", undefined],
    ["/orders/%ff%", "/orders/:name"],
  ];
  for (const [path, template] of table) assert.equal(route(hostile, path, 200), template, path);
  assert.throws(() => matchRoutes(["/orders" as never]), {
    message: "Cannot match routes: each must be a URLPattern",
  });
});

/** `route()` of `@std/http` in short: the first entry that matches answers. */
function route(
  routes: readonly {
    method?: string | string[];
    pattern: URLPattern;
    handler: (
      request: Request,
      params: URLPatternResult | null,
      info?: unknown,
    ) => Response | Promise<Response>;
  }[],
  otherwise: (request: Request) => Response,
) {
  return (request: Request, info?: unknown) => {
    for (const { method = "GET", pattern, handler } of routes) {
      const match = pattern.exec(request.url);
      if (match !== null && [method].flat().includes(request.method)) {
        return handler(request, match, info);
      }
    }
    return otherwise(request);
  };
}

test("nameRoutes() names the routes of an @std/http list, and passes all arguments on", async () => {
  const info = { completed: true };
  const routes = nameRoutes([
    {
      pattern: new URLPattern({ pathname: "/orders/:id" }),
      handler: (_request: Request, params: URLPatternResult | null, given?: unknown) =>
        Response.json([params?.pathname.groups.id, given === info]),
    },
    {
      method: ["POST"],
      pattern: new URLPattern({ pathname: "/orders" }),
      handler: () => Promise.resolve(new Response("made", { status: 201 })),
    },
  ]);
  const handler = route(routes, () => new Response("no", { status: 404 }));
  const table = [
    ["GET", "/orders/7", '["7",true]', "/orders/:id"],
    ["POST", "/orders", "made", "/orders"],
    ["GET", "/orders", "no", "unmatched"],
  ] as const;
  for (const [method, path, text, template] of table) {
    const request = new Request(`http://localhost${path}`, { method });
    const response = await handler(request, info);
    assert.deepEqual([await response.text(), routeOf(request)], [text, template]);
  }
  assert.throws(() => nameRoutes([{ pattern: "/", handler: () => new Response() }] as never), {
    message: "Cannot name routes: each must have a URLPattern and a handler",
  });
});
