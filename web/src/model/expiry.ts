import type { Iv, Level, Millis, Strike } from '../format/units';

export interface Expiry {
  /** Date form, also the name in addresses and channels. */
  readonly expiry: string;
  readonly at: Millis;
  readonly contracts: number | null;
  readonly atmStrike: Strike | null;
  readonly atmIv: Iv | null;
  readonly forward: Level | null;
  /** Contracts that are pushed by the exchange, and contracts that are polled. */
  readonly live: number | null;
  readonly polled: number | null;
  /** Smallest price step of its contracts, in the settle coin. */
  readonly tick?: number | null;
}

/** Share of an expiry's contracts that is live, 0 to 1; `null` where the server does not tell. */
export function liveShare({ live, polled }: Expiry): number | null {
  if (live === null || polled === null || live + polled === 0) return null;
  return live / (live + polled);
}

const YEAR_MS = 365 * 24 * 3_600_000;

/** Expiries that have not been delivered yet, in date order. */
export function activeExpiries(expiries: readonly Expiry[], now: Millis): Expiry[] {
  return expiries.filter((expiry) => expiry.at > now).sort((a, b) => a.at - b.at);
}

/** The listed expiry to show for a wanted date: itself, else the one nearest in time, else the first. */
export function closestExpiry(expiries: readonly Expiry[], wanted: string | null): Expiry | null {
  const exact = expiries.find((expiry) => expiry.expiry === wanted);
  if (exact !== undefined) return exact;
  const target = wanted === null ? Number.NaN : Date.parse(`${wanted}T08:00:00Z`);
  let best = expiries[0] ?? null;
  if (Number.isNaN(target)) return best;
  for (const expiry of expiries) {
    if (best === null || Math.abs(expiry.at - target) < Math.abs(best.at - target)) best = expiry;
  }
  return best;
}

/** One standard deviation to delivery: forward × IV × √(years). */
export function expectedMove(forward: Level | null, atmIv: Iv | null, msLeft: number): Level | null {
  if (forward === null || atmIv === null || msLeft <= 0) return null;
  return (forward * atmIv * Math.sqrt(msLeft / YEAR_MS)) as Level;
}
