import type { Level, Strike } from '../format/units';
import type { Kind, Ticker } from './ticker';

/** One strike of a chain; a side without a listed contract is `null`. */
export interface Row {
  readonly strike: Strike;
  readonly call: string | null;
  readonly put: string | null;
}

/** Rows of one settle coin in ascending strike order; the sides hold symbols. */
export function buildRows(tickers: Iterable<Ticker>, settle: string): Row[] {
  const rows = new Map<Strike, { strike: Strike; call: string | null; put: string | null }>();
  for (const ticker of tickers) {
    if (ticker.settle !== settle) continue;
    const row = rows.get(ticker.strike) ?? { strike: ticker.strike, call: null, put: null };
    row[ticker.kind] = ticker.symbol;
    rows.set(ticker.strike, row);
  }
  return [...rows.values()].sort((a, b) => a.strike - b.strike);
}

/** Settle coins present, USDT first, the rest by name. */
export function settleCoins(tickers: Iterable<Ticker>): string[] {
  const coins = new Set<string>();
  for (const ticker of tickers) coins.add(ticker.settle);
  return [...coins].sort((a, b) => Number(b === 'USDT') - Number(a === 'USDT') || a.localeCompare(b));
}

/** Rows within `each` strikes of the anchor on both sides; all rows without an anchor or limit. */
export function windowRows(rows: readonly Row[], anchor: Strike | null, each: number | null): Row[] {
  const middle = rows.findIndex((row) => row.strike === anchor);
  if (middle < 0 || each === null) return [...rows];
  return rows.slice(Math.max(0, middle - each), middle + each + 1);
}

/** Index of the first row whose strike is above the forward: the forward's line goes before it. */
export function forwardIndex(rows: readonly Row[], forward: Level | null): number | null {
  if (forward === null) return null;
  const index = rows.findIndex((row) => row.strike > forward);
  if (index === 0 || rows.length === 0) return null;
  return index < 0 ? null : index;
}

/** The side that is in the money at a strike. */
export function itmSide(strike: Strike, forward: Level | null): Kind | null {
  if (forward === null) return null;
  if (strike < forward) return 'call';
  return strike > forward ? 'put' : null;
}

/**
 * Strike the visible window is built around. It follows ATM only when ATM has come half way to the
 * window's edge, so that rows do not jump while the market moves within it.
 */
export function nextAnchor(
  rows: readonly Row[],
  anchor: Strike | null,
  atm: Strike | null,
  each: number | null,
): Strike | null {
  const from = rows.findIndex((row) => row.strike === anchor);
  const to = rows.findIndex((row) => row.strike === atm);
  if (from < 0 || to < 0) return atm;
  return each !== null && Math.abs(to - from) > each / 2 ? atm : anchor;
}

/** The strike that a typed text means: digits with or without separators, `110k` for thousands. */
export function strikeFromText(text: string): Strike | null {
  const typed = /^(\d[\d, ]*(?:\.\d+)?)(k?)$/i.exec(text.trim());
  if (typed === null) return null;
  const value = Number((typed[1] ?? '').replace(/[, ]/g, '')) * (typed[2] === '' ? 1 : 1000);
  return Number.isFinite(value) ? (value as Strike) : null;
}

/** The listed strike nearest to the wanted one, the lower of two as near. */
export function nearestStrike(rows: readonly Row[], wanted: Strike | null): Strike | null {
  if (wanted === null) return null;
  let best: Strike | null = null;
  for (const { strike } of rows) {
    if (best === null || Math.abs(strike - wanted) < Math.abs(best - wanted)) best = strike;
  }
  return best;
}
