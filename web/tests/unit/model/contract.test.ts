import { describe, expect, it } from 'vitest';
import { worth } from '../../../src/model/contract';
import type { Ticker } from '../../../src/model/ticker';
import { CALL, PUT, ticker } from '../examples';

/** The call or put of 100,000 with round figures. */
function made(symbol: string, changes: Record<string, number | null> = {}): Ticker {
  const figures = { mark_price: 5_000, underlying_price: 102_000, bid_price: 4_900, ask_price: 5_100, bid_iv: 0.48, ask_iv: 0.5 };
  return { ...ticker(symbol), ...({ ...figures, ...changes } as Partial<Ticker>) };
}

describe('worth', () => {
  it('splits the mark price of a call in the money', () => {
    const found = worth(made(CALL));
    expect(found).toMatchObject({ intrinsic: 2_000, time: 3_000, breakEven: 105_000, place: 'in' });
    expect(found.moneyness).toBeCloseTo(-0.0196, 4);
    expect(found.toBreakEven).toBeCloseTo(0.0294, 4);
  });

  it('gives a put out of the money no intrinsic value, and a break-even below its strike', () => {
    expect(worth(made(PUT))).toMatchObject({ intrinsic: 0, time: 5_000, breakEven: 95_000, place: 'out' });
  });

  it('calls a strike next to the forward at the money, for both kinds', () => {
    for (const symbol of [CALL, PUT]) expect(worth(made(symbol, { underlying_price: 100_100 })).place).toBe('at');
  });

  it('measures the spread in price, as a share of the middle and in IV', () => {
    const found = worth(made(CALL));
    expect(found.spread).toBe(200);
    expect(found.spreadShare).toBeCloseTo(0.04);
    expect(found.spreadIv).toBeCloseTo(0.02);
  });

  it('leaves out what a missing figure is needed for', () => {
    const found = worth(made(CALL, { mark_price: null, bid_price: null, bid_iv: null, underlying_price: null }));
    expect(Object.values(found).every((value) => value === null)).toBe(true);
  });
});
