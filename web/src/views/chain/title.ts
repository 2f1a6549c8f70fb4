import { fixed, decimalsOf, DASH } from '../../format/number';
import { age } from '../../format/time';
import type { Millis } from '../../format/units';
import type { Column } from '../../model/columns';
import { tickerTime, type Ticker } from '../../model/ticker';

/** What hovering over a cell tells: the contract, the value in full and how old it is. */
export function cellTitle(ticker: Ticker, column: Column, now: Millis): string {
  const value = column.value(ticker);
  const full = value === null ? DASH : fixed(value, decimalsOf(value));
  const at = tickerTime(ticker);
  const arrived = at === null ? 'no data yet' : `received ${age(Math.max(0, now - at))} ago`;
  const lane = ticker.lane === 'polled' ? ', polled' : '';
  const stale = ticker.stale ? ', stale' : '';
  return `${ticker.symbol}\n${column.label}: ${full}\n${arrived}${lane}${stale}`;
}
