import { hasFault } from "./faults.ts";
import type { Order, Store } from "./store.ts";

const DAYS = 730, LATEST = 250;

/** What was sold, by payment method. */
export function salesReport(store: Store): object {
  if (!hasFault("blocked-loop")) return { sales: store.sales() };
  let days = Array.from({ length: DAYS }, (_, day) => ({ day, card: 0, paypal: 0, transfer: 0 }));
  for (const order of store.recentOrders(LATEST)) days = withOrder(days, order);
  return { sales: days };
}

/** The days with one more order; not those that were given, which a caller may still need. */
function withOrder<T extends { card: number }>(days: readonly T[], order: Order): T[] {
  const copy: T[] = JSON.parse(JSON.stringify(days));
  const day = copy[order.id % copy.length]! as Record<string, unknown>;
  day[order.payment_method] = Number(day[order.payment_method]) + order.value_dollars;
  return copy;
}
