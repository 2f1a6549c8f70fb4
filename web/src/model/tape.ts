import type { Strike } from '../format/units';
import { termsOf } from './symbol';
import type { Kind } from './ticker';
import type { Trade } from './trade';

/** A trade of the tape with what its contract's name tells. */
export interface Print {
  /** Contract and id: no other trade has it. */
  readonly key: string;
  readonly trade: Trade;
  readonly expiry: string | null;
  readonly strike: Strike | null;
  readonly kind: Kind | null;
  /** Trade IV less mark IV, vol points. */
  readonly over: number | null;
}

/** Reads the contract of a trade from its name. */
export function printOf(trade: Trade): Print {
  const terms = termsOf(trade.symbol);
  return {
    key: `${trade.symbol} ${trade.id}`,
    trade,
    expiry: terms?.expiry ?? null,
    strike: terms?.strike ?? null,
    kind: terms?.kind ?? null,
    over: trade.iv === null || trade.mark_iv === null ? null : (trade.iv - trade.mark_iv) * 100,
  };
}

/**
 * The newest trades, each once, in order of the exchange's time.
 *
 * Beyond its room the oldest ones go, and older ones than those are not taken any more.
 */
export class Tape {
  readonly #room: number;
  readonly #known = new Set<string>();
  /** Oldest first. */
  #prints: Print[] = [];

  constructor(room: number) {
    this.#room = room;
  }

  get size(): number {
    return this.#prints.length;
  }

  /** Takes trades in any order; answers how many were new. */
  add(trades: readonly Trade[]): number {
    let fresh = 0;
    for (const trade of trades) if (this.#insert(printOf(trade))) fresh += 1;
    return fresh;
  }

  newestFirst(): Print[] {
    return this.#prints.toReversed();
  }

  clear(): void {
    this.#prints = [];
    this.#known.clear();
  }

  #insert(print: Print): boolean {
    if (this.#known.has(print.key)) return false;
    const at = print.trade.ts_exchange;
    const place = this.#prints.findLastIndex((other) => other.trade.ts_exchange <= at) + 1;
    const full = this.#prints.length >= this.#room;
    if (full && place === 0) return false;
    this.#prints.splice(place, 0, print);
    this.#known.add(print.key);
    const gone = full ? this.#prints.shift() : undefined;
    if (gone !== undefined) this.#known.delete(gone.key);
    return true;
  }
}

/** Figures of the trades on screen. */
export interface Totals {
  readonly count: number;
  /** Units of the underlying; absent where the trades are of several coins. */
  readonly volume: number | null;
  /** US dollars, over the trades that have one. */
  readonly notional: number;
  /** Share that takers bought, by notional. */
  readonly bought: number | null;
  /** Puts for each call, by notional. */
  readonly putCall: number | null;
}

export function totalsOf(prints: readonly Print[]): Totals {
  const coins = new Set<string>();
  const sums = { volume: 0, notional: 0, bought: 0, call: 0, put: 0 };
  for (const { trade, kind } of prints) {
    const notional = trade.notional ?? 0;
    coins.add(trade.underlying);
    sums.volume += trade.size;
    sums.notional += notional;
    if (trade.side === 'buy') sums.bought += notional;
    if (kind !== null) sums[kind] += notional;
  }
  return {
    count: prints.length,
    volume: coins.size > 1 ? null : sums.volume,
    notional: sums.notional,
    bought: sums.notional === 0 ? null : sums.bought / sums.notional,
    putCall: sums.call === 0 ? null : sums.put / sums.call,
  };
}

const LARGE_SHARE = 0.05;
/** Fewer trades than this make no measure. */
const ENOUGH = 20;

/**
 * From which notional on a trade is one of the largest twentieth, US dollars.
 *
 * Rounded up to 1, 2 or 5 times a power of ten, so that it stays while trades come; infinite while there are few.
 */
export function largeFrom(prints: readonly Print[]): number {
  const sizes = prints.map(({ trade }) => trade.notional).filter((notional) => notional !== null);
  if (sizes.length < ENOUGH) return Infinity;
  sizes.sort((one, other) => other - one);
  const edge = sizes[Math.floor(sizes.length * LARGE_SHARE)] ?? 0;
  if (edge <= 0) return Infinity;
  const power = 10 ** Math.floor(Math.log10(edge));
  return power * ([1, 2, 5].find((digit) => digit * power >= edge) ?? 10);
}
