/**
 * Numbers, times and foreign text as they are shown.
 *
 * @module
 */

/** A duration in milliseconds, in three digits or so. */
export function ms(value: number): string {
  if (value >= 99_500) return `${minutes(value)}`;
  if (value >= 9950) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 995) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 9.95) return `${value.toFixed(0)} ms`;
  if (value >= 0.095 || value === 0) return `${value.toFixed(1)} ms`;
  return `${(value * 1000).toFixed(0)} µs`;
}

function minutes(value: number): string {
  const seconds = Math.round(value / 1000);
  return seconds < 6000 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : span(value);
}

/** How long something has lasted, in its two largest units. */
export function span(value: number): string {
  const seconds = Math.max(0, Math.round(value / 1000));
  if (seconds < 60) return `${seconds} s`;
  const whole = Math.floor(seconds / 60);
  if (whole < 60) return `${whole} min`;
  const hours = Math.floor(whole / 60);
  return hours < 48
    ? `${hours} h ${whole % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A share from 0 to 1 in percent; only all and none are 100 % and 0 %. */
export function pct(share: number): string {
  const hundredths = share * 100;
  if (share === 0 || share === 1) return `${hundredths} %`;
  if (hundredths < 0.05) return "< 0.1 %";
  if (hundredths > 99.95) return "> 99.9 %";
  return `${hundredths.toFixed(hundredths < 9.95 || hundredths > 99 ? 1 : 0)} %`;
}

/** A count, its thousands set apart by a narrow space. */
export function count(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number of no known unit, in three digits or so. */
export function number(value: number): string {
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(3)));
}

/** A value of a field, in the unit that its name says. */
export function value(field: string, given: unknown): string {
  if (typeof given === "number") {
    if (/(^|[._])ms\)?$/.test(field)) return ms(given);
    return /(^|[._])time$/.test(field) ? clock(given, "ms") : String(Number(given.toPrecision(12)));
  }
  return shown(String(given));
}

/** A time of day where the reader is. */
export function clock(timeMs: number, to: "min" | "s" | "ms" = "s"): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return "–";
  const text = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
  if (to === "min") return text.slice(0, 5);
  return to === "s" ? text : `${text}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A text in which times of day in UTC are those where the reader is; they are of the day before `nowMs`. */
export function local(text: string, nowMs: number): string {
  return text.replace(/\b(\d\d):(\d\d):(\d\d) UTC\b/g, (_, hours, minutes, seconds) => {
    const time = new Date(nowMs).setUTCHours(hours, minutes, seconds, 0);
    // A minute for clocks that differ.
    return clock(time > nowMs + 60_000 ? time - 86_400_000 : time);
  });
}

/** The full time in UTC, for a title. */
export function utc(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** Bytes, in three digits or so. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)} kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB`;
  return `${(value / 1e9).toFixed(value < 1e10 ? 1 : 0)} GB`;
}

/** Signs that hide, reorder or control what stands beside them; not those that join letters of a script. */
const UNSEEN = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from telemetry: what can't be seen is shown as a sign, so that it can neither hide nor reorder. */
export function shown(text: string): string {
  return text.replace(UNSEEN, (sign) => {
    const code = sign.codePointAt(0)!;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : `<${code.toString(16).padStart(4, "0")}>`;
  });
}

/** A text for the clipboard or a file: without signs that control or reorder. */
export function plain(text: string): string {
  return text.replace(UNSEEN, "");
}

/** One or many: `1 span`, `2 spans`. */
export function many(amount: number, one: string, more = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : more}`;
}

/** A round number that is a little less: for questions of what is at least so much. */
export function below(value: number): number {
  // Two digits round up by less than 5 %.
  return Number((0.95 * value).toPrecision(2));
}
