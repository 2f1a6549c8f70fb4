import type { Millis } from '../format/units';
import { spread, type Ticker } from './ticker';
import type { Contract } from './roster';

export type MeasureName =
  | 'strike'
  | 'days'
  | 'abs_delta'
  | 'iv'
  | 'spread'
  | 'volume'
  | 'open_interest'
  | 'turnover';

/** One number of a contract that bounds may be set for. */
export interface Measure {
  readonly name: MeasureName;
  readonly label: string;
  /** Meaning and unit, shown on hover. */
  readonly help: string;
  /** A fraction that people read and write in percent. */
  readonly percent: boolean;
  readonly value: (contract: Contract, now: Millis) => number | null;
}

const DAY_MS = 24 * 3_600_000;

/** Spread as a fraction of the middle between bid and ask. */
export function spreadShare(ticker: Ticker): number | null {
  const wide = spread(ticker);
  const { bid_price: bid, ask_price: ask } = ticker;
  if (wide === null || bid === null || ask === null || bid + ask <= 0) return null;
  return (2 * wide) / (bid + ask);
}

function measure(
  name: MeasureName,
  label: string,
  help: string,
  value: Measure['value'],
  percent = false,
): Measure {
  return { name, label, help, percent, value };
}

export const MEASURES: readonly Measure[] = [
  measure('strike', 'Strike', 'Strike price, in USD', ({ ticker }) => ticker.strike),
  measure('days', 'Days', 'Days to expiry, with fractions', ({ deliveredAt }, now) =>
    Math.max(0, (deliveredAt - now) / DAY_MS),
  ),
  measure('abs_delta', '|Delta|', 'Size of delta, 0 to 1, calls and puts alike', ({ ticker }) =>
    ticker.delta === null ? null : Math.abs(ticker.delta),
  ),
  measure('iv', 'Mark IV', 'Implied volatility of the mark price, % a year', ({ ticker }) => ticker.mark_iv, true),
  measure('spread', 'Spread', 'Ask minus bid, in % of their middle', ({ ticker }) => spreadShare(ticker), true),
  measure('volume', 'Volume', 'Volume of 24 hours, in units of the coin', ({ ticker }) => ticker.volume_24h),
  measure('open_interest', 'OI', 'Open interest, in units of the coin', ({ ticker }) => ticker.open_interest),
  measure('turnover', 'Turnover', 'Turnover of 24 hours, in USD of the underlying', ({ ticker }) => ticker.turnover_24h),
];
