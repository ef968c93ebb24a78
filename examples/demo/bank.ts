import { setTimeout as delay } from "node:timers/promises";
import { hasFault } from "./faults.ts";

/** Accounts that a company has with its bank: asked at once they take no longer than one. */
const ACCOUNTS = 100;
/** Charges that a bank takes in a second when it is short of sessions. */
const CHARGES_PER_SECOND = 5;

let secondBegan = 0, charges = 0;

/** The bank, as far as payments can tell. */
export const bank = {
  /** What it would answer, by test card. */
  async authorize(token: unknown): Promise<boolean> {
    if (hasFault("retry-storm") && isBusy(performance.now())) {
      throw new Error("Cannot authorize: the bank has no session left");
    }
    if (token === "card_error") {
      throw new Error("Cannot authorize: the bank speaks another protocol");
    }
    await delay(token === "card_slow" ? 300 + Math.random() * 500 : 2 + Math.random() * 8);
    return token !== "card_declined";
  },

  /** Whether a company may pay: the bank looks at its accounts. */
  async checkCompany(): Promise<void> {
    const look = (): Promise<void> => delay(2 + Math.random());
    if (!hasFault("slow-dependency")) {
      return void await Promise.all(Array.from({ length: ACCOUNTS }, look));
    }
    for (let account = 0; account < ACCOUNTS; account++) await look();
  },
};

/** Whether the charges of this second are used up; counts one more. */
function isBusy(nowMs: number): boolean {
  if (nowMs - secondBegan >= 1000) {
    secondBegan = nowMs;
    charges = 0;
  }
  return ++charges > CHARGES_PER_SECOND;
}
