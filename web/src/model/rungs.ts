import type { Level, Millis } from '../format/units';
import { tickerTime, type Ticker } from './ticker';

/** One strike in one expiry; a side without a listed contract is `null`. */
export interface Rung {
  readonly expiry: string;
  readonly at: Millis;
  /** Price of the underlying for this expiry, from the most recent contract. */
  readonly forward: Level | null;
  readonly call: string | null;
  readonly put: string | null;
}

interface Building {
  rung: Rung;
  heardAt: number;
}

function begun(ticker: Ticker, at: Millis): Building {
  return { rung: { expiry: ticker.expiry, at, forward: null, call: null, put: null }, heardAt: 0 };
}

/** The contracts of one strike, an expiry in each row, in date order; those already delivered are left out. */
export function buildRungs(tickers: Iterable<Ticker>, now: Millis): Rung[] {
  const found = new Map<string, Building>();
  for (const ticker of tickers) {
    const at = Date.parse(ticker.expiry_at) as Millis;
    if (at <= now) continue;
    const building = found.get(ticker.expiry) ?? begun(ticker, at);
    found.set(ticker.expiry, building);
    building.rung = { ...building.rung, [ticker.kind]: ticker.symbol };
    const heardAt = tickerTime(ticker) ?? 0;
    if (ticker.underlying_price === null || heardAt < building.heardAt) continue;
    building.rung = { ...building.rung, forward: ticker.underlying_price };
    building.heardAt = heardAt;
  }
  return [...found.values()].map(({ rung }) => rung).sort((a, b) => a.at - b.at);
}
