// The figures of a batch in words.
import { clock, grouped } from "../data/time.ts";
import type { Totals } from "../traits/dashboard.ts";

export function headline(totals: Partial<Totals>): string {
  const { total = 0, done = 0, failed = 0, cached = 0 } = totals;
  const parts = [`${grouped(done + failed)} of ${grouped(total)} recording${total === 1 ? "" : "s"} done`];
  if (cached) parts.push(`${grouped(cached)} from cache`);
  if (failed) parts.push(`${grouped(failed)} failed`);
  return parts.join(", ");
}

/** "45 s", "3 min", "1 h 7 min": as coarsely as it is known. */
export function about(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 58) return `${5 * Math.round(seconds / 5)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

export function facts(totals: Partial<Totals>): string[] {
  const { seconds = 0, seconds_done = 0, rate, seconds_left, usd_spent = 0, usd_expected = 0, running } = totals;
  const out: string[] = [];
  if (seconds) out.push(`${clock(1000 * seconds_done)} of ${clock(1000 * seconds)} of sound`);
  if (rate && rate >= 0.1) out.push(`${Number(rate.toPrecision(3))} × real time`);
  if (running && typeof seconds_left === "number") out.push(`${about(seconds_left)} left`);
  if (usd_spent || usd_expected) {
    const whole = usd_expected ? ` of about ${dollars(usd_spent + usd_expected)}` : "";
    out.push(`${dollars(usd_spent)} spent${whole}`);
  }
  return out;
}

/** Share of the work that has ended: by length where that is known, else by number. */
export function share(totals: Partial<Totals>): number {
  const { total = 0, done = 0, failed = 0, seconds = 0, seconds_done = 0, running } = totals;
  if (!running) return total ? 1 : 0;
  const byNumber = total ? (done + failed) / total : 0;
  return Math.min(1, Math.max(0, seconds > 0 && !failed ? Math.max(seconds_done / seconds, 0) : byNumber));
}
