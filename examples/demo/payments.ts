/**
 * The payment service: charges test cards. `PORT` comes from the environment.
 *
 * `card_ok` pays, `card_declined` is refused with 402, `card_slow` is slow, and `card_error` runs into
 * a bug.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { telltale } from "../../mod.ts";
import { listen } from "./listen.ts";
import { jsonBody, Refusal, router } from "./router.ts";

export const t = telltale({ service: "payments", version: "2.0.1" });

const charges = t.metrics.counter("charges_total", "Charges by how they ended", ["result"]);
const charged = t.metrics.counter("charged_dollars_total", "Money that was charged");

await listen(t, router([["POST", "/charges", charge]]));

async function charge(request: Request): Promise<Response> {
  const { order_id, amount_dollars, token } = await jsonBody(request);
  if (typeof amount_dollars !== "number" || !(amount_dollars > 0)) {
    throw new Refusal(422, "amount_dollars must be more than 0");
  }
  t.log.info("charging", { order_id, amount_dollars });
  const paid = await t.tracer.span("authorize", () => authorize(token));
  charges.inc({ result: paid ? "paid" : "declined" });
  if (!paid) throw new Refusal(402, "The card was declined");
  charged.add(amount_dollars);
  return Response.json({ order_id, paid }, { status: 201 });
}

/** What a bank would answer, by test card. */
async function authorize(token: unknown): Promise<boolean> {
  if (token === "card_error") throw new Error("Cannot authorize: the bank speaks another protocol");
  await delay(token === "card_slow" ? 300 + Math.random() * 500 : 2 + Math.random() * 8);
  return token !== "card_declined";
}
