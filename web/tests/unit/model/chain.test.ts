import { describe, expect, it } from 'vitest';
import type { Level, Strike } from '../../../src/format/units';
import {
  buildRows,
  forwardIndex,
  itmSide,
  nearestStrike,
  nextAnchor,
  type Row,
  settleCoins,
  strikeFromText,
  windowRows,
} from '../../../src/model/chain';
import { CALL, exampleSnapshot, PUT, ticker, USDC_CALL } from '../examples';

function rows(...strikes: number[]): Row[] {
  return strikes.map((strike) => ({ strike: strike as Strike, call: null, put: null }));
}

const strikesOf = (list: readonly Row[]): number[] => list.map((row) => row.strike);
const strike = (value: number): Strike => value as Strike;
const level = (value: number): Level => value as Level;

describe('buildRows', () => {
  it('pairs call and put of a strike, in numeric order', () => {
    const built = buildRows([...exampleSnapshot().data].reverse(), 'USDT');
    expect(strikesOf(built)).toEqual([90_000, 100_000, 300_000]);
    expect(built[1]).toEqual({ strike: 100_000, call: CALL, put: PUT });
  });

  it('never mixes settle coins', () => {
    expect(buildRows(exampleSnapshot().data, 'USDC')).toEqual([
      { strike: 100_000, call: USDC_CALL, put: null },
    ]);
  });
});

describe('settleCoins', () => {
  it('puts USDT first', () => {
    expect(settleCoins([ticker(USDC_CALL), ticker(CALL)])).toEqual(['USDT', 'USDC']);
    expect(settleCoins([])).toEqual([]);
  });
});

describe('windowRows', () => {
  const all = rows(1, 2, 3, 4, 5);

  it('keeps so many strikes on each side of the anchor', () => {
    expect(strikesOf(windowRows(all, strike(3), 1))).toEqual([2, 3, 4]);
    expect(strikesOf(windowRows(all, strike(1), 1))).toEqual([1, 2]);
  });

  it('keeps all without a limit or an anchor', () => {
    expect(windowRows(all, strike(3), null)).toHaveLength(5);
    expect(windowRows(all, null, 1)).toHaveLength(5);
  });
});

describe('forwardIndex', () => {
  it('is the first row above the forward', () => {
    expect(forwardIndex(rows(90, 100, 110), level(104))).toBe(2);
    expect(forwardIndex(rows(90, 100, 110), level(100))).toBe(2);
  });

  it('is absent where the forward is outside of the rows or unknown', () => {
    expect(forwardIndex(rows(90, 100), level(80))).toBeNull();
    expect(forwardIndex(rows(90, 100), level(120))).toBeNull();
    expect(forwardIndex(rows(90, 100), null)).toBeNull();
    expect(forwardIndex([], level(100))).toBeNull();
  });
});

describe('itmSide', () => {
  it('is the call below the forward and the put above it', () => {
    expect(itmSide(strike(90), level(100))).toBe('call');
    expect(itmSide(strike(110), level(100))).toBe('put');
    expect(itmSide(strike(100), level(100))).toBeNull();
    expect(itmSide(strike(100), null)).toBeNull();
  });
});

describe('nextAnchor', () => {
  const all = rows(1, 2, 3, 4, 5, 6, 7, 8, 9);

  it('stays while ATM is well inside of the window', () => {
    expect(nextAnchor(all, strike(3), strike(5), 4)).toBe(3);
  });

  it('follows ATM when it comes near the edge', () => {
    expect(nextAnchor(all, strike(3), strike(6), 4)).toBe(6);
  });

  it('starts at ATM and returns to it when its strike is gone', () => {
    expect(nextAnchor(all, null, strike(5), 4)).toBe(5);
    expect(nextAnchor(all, strike(77), strike(5), 4)).toBe(5);
    expect(nextAnchor([], strike(5), null, 4)).toBeNull();
  });

  it('never moves where all rows are shown', () => {
    expect(nextAnchor(all, strike(1), strike(9), null)).toBe(1);
  });
});

describe('strikeFromText', () => {
  it.each([
    ['110000', 110_000],
    ['110,000', 110_000],
    ['110k', 110_000],
    [' 2.5K ', 2_500],
    ['172.5', 172.5],
  ])('reads %j', (text, value) => {
    expect(strikeFromText(text)).toBe(value);
  });

  it.each(['', 'k', 'abc', '-5', '1e9', '1.2.3', '9'.repeat(400)])('refuses %j', (text) => {
    expect(strikeFromText(text)).toBeNull();
  });
});

describe('nearestStrike', () => {
  it('is the listed strike nearest to the wanted one, the lower of two as near', () => {
    expect(nearestStrike(rows(90, 100, 110), strike(104))).toBe(100);
    expect(nearestStrike(rows(90, 100, 110), strike(105))).toBe(100);
    expect(nearestStrike(rows(90, 100, 110), strike(9_999))).toBe(110);
  });

  it('is nothing without a wish or a strike', () => {
    expect(nearestStrike(rows(90), null)).toBeNull();
    expect(nearestStrike([], strike(1))).toBeNull();
  });
});
