/**
 * The payment service: charges test cards. `PORT` comes from the environment.
 *
 * `card_ok` pays, `card_declined` is refused with 402, `card_slow` is slow, and `card_error` runs into
 * a bug.
 *
 * @module
 */
import { telltale } from "../../mod.ts";
import { bank } from "./bank.ts";
import { hasFault } from "./faults.ts";
import { listen } from "./listen.ts";
import { jsonBody, Refusal, router } from "./router.ts";

/** Atomic time has no leap seconds, and was 37 s ahead of UTC by 2017. */
const LEAP_SECONDS = 37;

export const t = telltale({ service: "payments", version: "2.0.1" });

const charges = t.metrics.counter("charges_total", "Charges by how they ended", ["result"]);
const charged = t.metrics.counter("charged_dollars_total", "Money that was charged");

await listen(t, dated(router([["POST", "/charges", charge]])));

async function charge(request: Request): Promise<Response> {
  const { order_id, amount_dollars, token, segment } = await jsonBody(request);
  if (typeof amount_dollars !== "number" || !(amount_dollars > 0)) {
    throw new Refusal(422, "amount_dollars must be more than 0");
  }
  t.log.info("charging", { order_id, amount_dollars });
  if (segment === "pro") await t.tracer.span("check company", () => bank.checkCompany());
  const paid = await t.tracer.span("authorize", () => bank.authorize(token));
  charges.inc({ result: paid ? "paid" : "declined" });
  if (!paid) throw new Refusal(402, "The card was declined");
  charged.add(amount_dollars);
  return Response.json({ order_id, paid }, { status: 201 });
}

/** Answers with the time of the bank, by which charges are booked. */
function dated(
  handler: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const response = await handler(request);
    const leapSeconds = hasFault("clock-skew") ? LEAP_SECONDS : 0;
    response.headers.set("date", new Date(Date.now() + leapSeconds * 1000).toUTCString());
    return response;
  };
}
