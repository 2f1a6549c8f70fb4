import { decimalsOf } from '../format/number';
import type { Iv, Level, Millis, Strike } from '../format/units';
import { tickerTime, type Ticker, type TickerChange } from './ticker';

/** Decimals a chain's columns print with. */
export interface Scale {
  readonly quote: number;
  readonly mark: number;
  readonly greek: number;
}

/** Quotes print with the decimals seen in quotes; marks get at least two, Greeks follow the price level. */
export function scaleAt(level: Level | null, quoteDecimals: number): Scale {
  const size = level ?? 0;
  const greek = size >= 10_000 ? 2 : size >= 1_000 ? 3 : size >= 1 ? 4 : 6;
  return { quote: quoteDecimals, mark: Math.max(2, quoteDecimals), greek };
}

/** What one message did to the book. */
export interface Effect {
  /** Symbols whose values changed. */
  readonly touched: readonly string[];
  /** True when contracts came or left. */
  readonly structural: boolean;
  /** True when a change named a contract the book does not know: data is missing. */
  readonly incomplete: boolean;
}

/** Latest tickers of one chain, both settle coins, with what is derived from all of them. */
export class Book {
  readonly #tickers = new Map<string, Ticker>();
  #forward: Level | null = null;
  #index: Level | null = null;
  #forwardAt = 0;
  #newest: Millis | null = null;
  #quoteDecimals = 0;
  /** Decimals of the exchange's price step: quotes never print with fewer. */
  leastDecimals = 0;

  get size(): number {
    return this.#tickers.size;
  }

  /** Price of the underlying for this expiry, from the most recent contract. */
  get forward(): Level | null {
    return this.#forward;
  }

  get index(): Level | null {
    return this.#index;
  }

  /** When the newest data in the chain arrived at the server. */
  get newest(): Millis | null {
    return this.#newest;
  }

  get scale(): Scale {
    return scaleAt(this.#forward, Math.max(this.#quoteDecimals, this.leastDecimals));
  }

  get(symbol: string): Ticker | undefined {
    return this.#tickers.get(symbol);
  }

  tickers(): Iterable<Ticker> {
    return this.#tickers.values();
  }

  /** True when there are contracts and every one is marked stale. */
  allStale(): boolean {
    for (const ticker of this.#tickers.values()) if (!ticker.stale) return false;
    return this.#tickers.size > 0;
  }

  /** Replaces everything by a snapshot. */
  replace(tickers: readonly Ticker[]): Effect {
    const before = new Set(this.#tickers.keys());
    this.clear();
    for (const ticker of tickers) this.#store(ticker);
    const structural =
      before.size !== this.#tickers.size || tickers.some((ticker) => !before.has(ticker.symbol));
    return { touched: [...this.#tickers.keys()], structural, incomplete: false };
  }

  /** Merges changed fields and drops contracts that left. */
  apply(changes: readonly TickerChange[], removed: readonly string[]): Effect {
    const touched: string[] = [];
    let structural = false;
    let incomplete = false;
    for (const symbol of removed) structural = this.#tickers.delete(symbol) || structural;
    for (const change of changes) {
      const known = this.#tickers.get(change.symbol);
      const merged = known === undefined ? wholeTicker(change) : { ...known, ...change };
      if (merged === null) {
        incomplete = true;
        continue;
      }
      structural ||= known === undefined;
      this.#store(merged);
      touched.push(change.symbol);
    }
    return { touched, structural, incomplete };
  }

  clear(): void {
    this.#tickers.clear();
    this.#forward = null;
    this.#index = null;
    this.#forwardAt = 0;
    this.#newest = null;
    this.#quoteDecimals = 0;
  }

  #store(ticker: Ticker): void {
    this.#tickers.set(ticker.symbol, ticker);
    const at = tickerTime(ticker);
    if (at !== null && at > (this.#newest ?? 0)) this.#newest = at;
    // Polled contracts carry older prices of the underlying, so only the newest one speaks for the chain.
    if ((at ?? 0) >= this.#forwardAt) {
      this.#forward = ticker.underlying_price ?? this.#forward;
      this.#index = ticker.index_price ?? this.#index;
      this.#forwardAt = at ?? 0;
    }
    for (const quote of [ticker.bid_price, ticker.ask_price, ticker.last_price]) {
      if (quote !== null) this.#quoteDecimals = Math.max(this.#quoteDecimals, decimalsOf(quote));
    }
  }
}

const IDENTITY = ['underlying', 'settle', 'expiry', 'expiry_at', 'strike', 'kind'] as const;

const ABSENT: Omit<Ticker, 'symbol' | (typeof IDENTITY)[number]> = {
  days_to_expiry: null,
  bid_price: null,
  bid_size: null,
  bid_iv: null,
  ask_price: null,
  ask_size: null,
  ask_iv: null,
  last_price: null,
  high_24h: null,
  low_24h: null,
  mark_price: null,
  mark_iv: null,
  index_price: null,
  underlying_price: null,
  open_interest: null,
  volume_24h: null,
  turnover_24h: null,
  total_volume: null,
  total_turnover: null,
  delta: null,
  gamma: null,
  vega: null,
  theta: null,
  predicted_delivery_price: null,
  change_24h: null,
  ts_exchange: null,
  ts_received: null,
  lane: null,
  stale: false,
};

/** A newly listed contract may arrive in a delta; it counts only with its full identity. */
export function wholeTicker(change: TickerChange): Ticker | null {
  for (const field of IDENTITY) if (change[field] === undefined) return null;
  return { ...ABSENT, ...change } as Ticker;
}

/** Mean of the marks of both sides at one strike; the one side where only one has a mark. */
export function strikeIv(book: Book, strike: Strike | null, settle: string): Iv | null {
  let sum = 0;
  let count = 0;
  for (const ticker of book.tickers()) {
    if (ticker.strike !== strike || ticker.settle !== settle || ticker.mark_iv === null) continue;
    sum += ticker.mark_iv;
    count += 1;
  }
  return count === 0 ? null : ((sum / count) as Iv);
}
