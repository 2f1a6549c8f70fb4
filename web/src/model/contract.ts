import type { Iv, Level, Price } from '../format/units';
import { spread, type Ticker } from './ticker';

/** What follows from a contract's own figures. Absent where one that it needs is absent. */
export interface Worth {
  /** What it would pay at the forward of now, in the settle coin. */
  readonly intrinsic: Price | null;
  /** Mark price less intrinsic value. */
  readonly time: Price | null;
  /** Price of the underlying at delivery where paying the mark price neither wins nor loses. */
  readonly breakEven: Level | null;
  /** How far that is from the forward, a signed fraction of it. */
  readonly toBreakEven: number | null;
  /** How far the strike is from the forward, a signed fraction of it. */
  readonly moneyness: number | null;
  readonly place: 'in' | 'at' | 'out' | null;
  /** Ask minus bid. */
  readonly spread: Price | null;
  /** Of the middle between bid and ask. */
  readonly spreadShare: number | null;
  /** Ask IV minus bid IV, a fraction. */
  readonly spreadIv: Iv | null;
}

/** Nearer to the strike than this share of the forward counts as at the money. */
const AT_THE_MONEY = 0.0025;

/** Judges a contract by its mark price and the forward of its expiry. */
export function worth(ticker: Ticker): Worth {
  const { strike, kind, mark_price: mark, underlying_price: forward } = ticker;
  const sign = kind === 'call' ? 1 : -1;
  const intrinsic = forward === null ? null : (Math.max(0, sign * (forward - strike)) as Price);
  const breakEven = mark === null ? null : ((strike + sign * mark) as Level);
  const known = forward !== null && forward > 0;
  const moneyness = known ? strike / forward - 1 : null;
  return {
    intrinsic,
    time: mark === null || intrinsic === null ? null : ((mark - intrinsic) as Price),
    breakEven,
    toBreakEven: known && breakEven !== null ? breakEven / forward - 1 : null,
    moneyness,
    place: placeOf(moneyness, sign),
    ...spreads(ticker),
  };
}

function placeOf(moneyness: number | null, sign: number): Worth['place'] {
  if (moneyness === null) return null;
  if (Math.abs(moneyness) < AT_THE_MONEY) return 'at';
  return sign * moneyness < 0 ? 'in' : 'out';
}

function spreads(ticker: Ticker): Pick<Worth, 'spread' | 'spreadShare' | 'spreadIv'> {
  const { bid_price: bid, ask_price: ask, bid_iv: bidIv, ask_iv: askIv } = ticker;
  const wide = spread(ticker);
  const middle = bid === null || ask === null ? 0 : (bid + ask) / 2;
  return {
    spread: wide,
    spreadShare: wide === null || middle <= 0 ? null : wide / middle,
    spreadIv: bidIv === null || askIv === null ? null : ((askIv - bidIv) as Iv),
  };
}
