import type { Iv, Level, Millis, Price, Size, Strike } from '../format/units';

export type Kind = 'call' | 'put';
export type Lane = 'live' | 'polled';

/** Latest state of one contract. `null` means absent, never zero. */
export interface Ticker {
  readonly symbol: string;
  readonly underlying: string;
  readonly settle: string;
  readonly expiry: string;
  readonly expiry_at: string;
  readonly days_to_expiry: number | null;
  readonly strike: Strike;
  readonly kind: Kind;
  readonly bid_price: Price | null;
  readonly bid_size: Size | null;
  readonly bid_iv: Iv | null;
  readonly ask_price: Price | null;
  readonly ask_size: Size | null;
  readonly ask_iv: Iv | null;
  readonly last_price: Price | null;
  readonly high_24h: Price | null;
  readonly low_24h: Price | null;
  readonly mark_price: Price | null;
  readonly mark_iv: Iv | null;
  readonly index_price: Level | null;
  readonly underlying_price: Level | null;
  readonly open_interest: Size | null;
  readonly volume_24h: Size | null;
  readonly turnover_24h: number | null;
  readonly total_volume: Size | null;
  readonly total_turnover: number | null;
  readonly delta: number | null;
  readonly gamma: number | null;
  readonly vega: number | null;
  readonly theta: number | null;
  readonly predicted_delivery_price: Level | null;
  readonly change_24h: number | null;
  readonly ts_exchange: Millis | null;
  readonly ts_received: Millis | null;
  readonly lane: Lane | null;
  readonly stale: boolean;
}

/** Changed fields of one contract. */
export type TickerChange = Pick<Ticker, 'symbol'> & Partial<Ticker>;

/** When the contract's data arrived, or else when the exchange made it. */
export function tickerTime(ticker: Ticker): Millis | null {
  return ticker.ts_received ?? ticker.ts_exchange;
}

/** Difference of ask and bid; absent unless both sides are quoted. */
export function spread(ticker: Ticker): Price | null {
  if (ticker.bid_price === null || ticker.ask_price === null) return null;
  return (ticker.ask_price - ticker.bid_price) as Price;
}

/** An amount of the underlying at the index price, US dollars; absent where either is. */
export function notional(ticker: Ticker, amount: Size | null): Size | null {
  if (amount === null || ticker.index_price === null) return null;
  return (amount * ticker.index_price) as Size;
}
