import { Buffer } from "node:buffer";
import type { telltale } from "../../mod.ts";

/** An answer, read. */
export interface Asked {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly bytes: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** Asks the console of a service whose token is `correct-horse-battery`. */
export function askingOf(t: ReturnType<typeof telltale>) {
  return async (
    path: string,
    headers: Record<string, string> = {},
    posted?: unknown,
  ): Promise<Asked> => {
    const url = `http://localhost:8080/telltale/${path}`;
    const isPosted = posted !== undefined;
    const request = new Request(url, {
      headers: {
        authorization: "Bearer correct-horse-battery",
        ...(isPosted && { "content-type": "application/json" }),
        ...headers,
      },
      ...(isPosted && { method: "POST", body: JSON.stringify(posted) }),
    });
    const response = (await t.endpoints.answer(new URL(url).pathname, request, []))!;
    const text = await response.text(), type = response.headers.get("content-type") ?? "";
    const body = type.startsWith("application/json") ? JSON.parse(text) : undefined;
    return { status: response.status, type, text, bytes: Buffer.byteLength(text), body };
  };
}
