import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { type Demo, startDemo } from "./demo.ts";

let browser: Browser, demo: Demo, slow = "", failed = "";
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER !== false) return;
  [browser, demo] = await Promise.all([launch(), startDemo(500)]);
  const rows = (await demo.lines("rows")).map(({ fields }) => fields);
  slow = String(rows.findLast(({ ms }) => Number(ms) > 250)!.trace);
  failed = String(rows.findLast(({ status }) => status === 502)!.trace);
}, options);

after(async () => {
  await browser?.close();
  await demo?.close();
});

/** Every view, and what it looks like with an answer of each kind. */
const views = () => [
  "#/overview",
  "#/ask?q=why+ms%3E=100",
  "#/ask?q=by+route,segment",
  "#/ask?q=by+segment+every+1s",
  "#/ask?q=status:502",
  "#/ask?q=why+ms%3E",
  "#/traces?q=sort+-ms+top+10",
  "#/traces?q=by+route",
  `#/trace/${slow}`,
  `#/trace/${failed}`,
  "#/trace/none",
  "#/logs?q=level:error",
  "#/logs?q=why+level:error",
  "#/logs?show=patterns",
  "#/metrics/http_request_duration_seconds",
  "#/metrics/http_request_duration_seconds?show=heat",
  "#/runtime",
  "#/health",
  "#/database",
  "#/flags",
  "#/profiles",
  "#/self",
];

/** What a view shows once it has answered. */
const ANSWER = "table, .log, .wf, .note-text, .empty, .err-msg";

/** Shows a view, and waits for its answer. */
async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.locator("main").locator(ANSWER).first().waitFor();
  if (hash === "#/overview") await page.locator(".calm").first().waitFor();
}

/** What axe finds against WCAG 2 at levels A and AA, in the page as it stands. */
async function breaches(page: Page): Promise<string[]> {
  const tags = JSON.stringify(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
  const found: Violation[] = await page.evaluate(
    `axe.run({ runOnly: { type: "tag", values: ${tags} }, resultTypes: ["violations"] })
      .then(({ violations, passes }) => passes.length < 10 ? [{ id: "too few rules", nodes: [] }] : violations)`,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`)
      // Where a ring stands is what it says, and the list of traces has the same links.
      .filter((text) => !text.startsWith('target-size: <a class="ex'))
  );
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/**
 * Texts whose contrast is below that of WCAG AA: 4.5, or 3 for large ones. It runs in the page; half
 * transparent backgrounds are mixed.
 */
const LOW_CONTRAST = `(() => {
  const parse = (text) => {
    const found = /color\\(srgb ([^)]*)\\)/.exec(text);
    if (found) {
      const [r, g, b, , a] = found[1].split(/[ /]+/).flatMap((x, i) => i === 3 ? [0, +x] : [+x * 255]);
      return [r, g, b, a ?? 1];
    }
    const parts = text.match(/[\\d.]+/g).map(Number);
    return [parts[0], parts[1], parts[2], parts[3] ?? 1];
  };
  const over = (top, below) => top.slice(0, 3).map((part, i) => part * top[3] + below[i] * (1 - top[3]));
  const light = (color) => {
    const [r, g, b] = color.map((part) => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => element === null ? [255, 255, 255]
    : over(parse(getComputedStyle(element).backgroundColor), background(element.parentElement));
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (node.data.trim() === "" || !element.checkVisibility() || element.closest("script,style,noscript,svg,.sr")) continue;
    if (element.closest(":disabled,[aria-hidden=true]") || element.closest(".row.dim")) continue;
    const style = getComputedStyle(element), below = background(element);
    if (style.color.includes(", 0)")) continue;
    const [a, b] = [light(over(parse(style.color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700;
    if (ratio < (isLarge ? 3 : 4.5)) bad.push(node.data.trim().slice(0, 40) + " " + element.className + " " + ratio.toFixed(2));
  }
  return [...new Set(bad)];
})()`;

for (const colorScheme of ["light", "dark"] as const) {
  test(`Every text can be read in the ${colorScheme} theme`, options, async () => {
    const { page, complaints, close } = await open(browser, demo.page, { colorScheme });
    assert.equal(await page.locator("html").getAttribute("data-theme"), colorScheme);
    for (const hash of views()) {
      await show(page, hash);
      assert.deepEqual(await page.evaluate(LOW_CONTRAST), [], hash);
    }
    assert.deepEqual(complaints.filter((text) => !MISSING.test(text)), []);
    await close();
  });

  test(`axe finds nothing against WCAG 2 AA in the ${colorScheme} theme`, options, async () => {
    const { page, complaints, close } = await open(browser, "about:blank", { colorScheme });
    await page.context().addInitScript(axe.source);
    await page.goto(demo.page);
    await page.locator(".tiles").waitFor();
    for (const hash of views()) {
      await show(page, hash);
      assert.deepEqual(await breaches(page), [], hash);
    }
    const panel = async (name: string | RegExp) => {
      await page.getByRole("button", { name }).click();
      assert.deepEqual(await breaches(page), [], String(name));
      await page.keyboard.press("Escape");
    };
    await panel(/Keys, language/);
    await panel("Export or import a session");
    await panel(/^Time range/);
    await show(page, "#/ask");
    await page.locator("#question").pressSequentially("seg");
    await page.getByRole("option").first().waitFor();
    assert.deepEqual(await breaches(page), [], "completion");
    await page.keyboard.press("Escape");
    await page.locator("#live").click();
    assert.deepEqual(await breaches(page), [], "paused");
    assert.deepEqual(complaints.filter((text) => !MISSING.test(text)), []);
    await close();
  });
}

/** A trace that is not there: the browser repeats what the service said. */
const MISSING = /status of 40[04]/;

test(
  "At 200 % zoom nothing is cut off, and the page does not scroll sideways",
  options,
  async () => {
    for (const width of [720, 410]) {
      const viewport = { width, height: 500 };
      const { page, close } = await open(browser, demo.page, { viewport, deviceScaleFactor: 2 });
      for (const hash of views()) {
        await show(page, hash);
        const wide = await page.evaluate(`[...document.querySelectorAll("html, main, .top")]
        .filter((each) => each.scrollWidth > each.clientWidth + 1)
        .map((each) => each.tagName + each.className + " " + each.scrollWidth + " > " + each.clientWidth)`);
        assert.deepEqual(wide, [], `${hash} at ${width}`);
      }
      await close();
    }
  },
);

test(
  "The policy is in force: no markup from text, no code from text, no other origin",
  options,
  async () => {
    const { page } = await open(browser, demo.page);
    await page.locator(".tiles").waitFor();
    const response = await page.request.get(demo.page);
    const policy = response.headers()["content-security-policy"] ?? "";
    const rules = policy.replace(/('sha256-[\w+/]{43}=' ?)+(?=;)/g, "'hash'").split("; ");
    assert.deepEqual(rules, [
      "default-src 'none'",
      "script-src 'hash'",
      "style-src 'hash'",
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    const tried = await page.evaluate(`(async () => {
    const attempt = async (name, act) => {
      try { await act(); return name + " went through"; } catch (error) { return name + ": " + error.name; }
    };
    // What the test itself evaluates is exempt from the policy; a later task is not.
    await new Promise((resolve) => setTimeout(resolve));
    const image = new Image();
    const loaded = new Promise((_, reject) => { image.onerror = () => reject(new Error("blocked")); });
    return [
      await attempt("innerHTML", () => { document.body.innerHTML = "<p>x"; }),
      await attempt("eval", () => (0, eval)("1")),
      await attempt("Function", () => new Function("return 1")()),
      await attempt("fetch", () => fetch("http://127.0.0.1:9/")),
      await attempt("image", () => { image.src = "http://127.0.0.1:9/x.png"; return loaded; }),
      await attempt("script of the service", () => import("./api")),
      await attempt("part under another address", () => import("./part/ask.js?other")),
      await attempt("script of another origin", () => import("http://127.0.0.1:9/x.js")),
      await attempt("worker", () => new Worker("data:text/javascript,1")),
    ];
  })()`);
    assert.deepEqual(tried, [
      "innerHTML: TypeError",
      "eval: EvalError",
      "Function: EvalError",
      "fetch: TypeError",
      "image: Error",
      "script of the service: TypeError",
      "part under another address: TypeError",
      "script of another origin: TypeError",
      "worker: TypeError",
    ]);
    // In a frame of another page it is not shown.
    const frame = await page.context().newPage();
    await frame.setContent(`<iframe src="${demo.page}"></iframe>`);
    const [, inner] = frame.frames();
    assert.equal(await inner?.locator("#app").count() ?? 0, 0);
    // Not its own `close`, which fails for what was tried here.
    await page.context().close();
  },
);

test("A reader who wants no motion gets none", options, async () => {
  const { page, close } = await open(browser, demo.page, { reducedMotion: "reduce" });
  await page.locator(".live").waitFor();
  const name = await page.locator(".live").evaluate((each) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle(element: unknown): { animationName: string };
    };
    return getComputedStyle(each).animationName;
  });
  assert.equal(name, "none");
  await close();
});
