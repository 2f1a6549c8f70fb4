import { csv } from './csv';
import type { Print } from './tape';
import type { Trade } from './trade';

const COLUMNS: readonly (keyof Trade | 'time' | 'expiry' | 'strike' | 'kind')[] = [
  ...(['time', 'symbol', 'underlying', 'expiry', 'strike', 'kind', 'side', 'price', 'size', 'notional'] as const),
  ...(['iv', 'mark_price', 'mark_iv', 'index_price', 'block', 'id'] as const),
];

/** Trades as CSV, with the interface's names and units. */
export function csvOf(prints: readonly Print[]): string {
  const rows = prints.map(({ trade, expiry, strike, kind }) => {
    const found = { ...trade, time: new Date(trade.ts_exchange).toISOString(), expiry, strike, kind };
    return COLUMNS.map((name) => found[name]);
  });
  return csv([COLUMNS, ...rows]);
}
