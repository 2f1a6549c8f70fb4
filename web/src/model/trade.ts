import type { Iv, Level, Millis, Price, Size } from '../format/units';

/** What the taker did. */
export type Side = 'buy' | 'sell';

/** One trade of the tape. `null` means absent, never zero. */
export interface Trade {
  /** The exchange's name of the trade, unique within the contract. */
  readonly id: string;
  readonly symbol: string;
  readonly underlying: string;
  readonly ts_exchange: Millis;
  readonly ts_received: Millis;
  readonly side: Side;
  readonly price: Price;
  readonly size: Size;
  /** Size times index price, US dollars. */
  readonly notional: number | null;
  readonly iv: Iv | null;
  readonly mark_price: Price | null;
  readonly mark_iv: Iv | null;
  readonly index_price: Level | null;
  /** Agreed away from the order book. */
  readonly block: boolean;
}
