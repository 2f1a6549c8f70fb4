import { describe, expect, it } from 'vitest';
import { largeFrom, printOf, Tape, totalsOf } from '../../../src/model/tape';
import { print, trade } from '../trades';

describe('printOf', () => {
  it('adds what the name of the contract tells, and the distance from the mark in vol points', () => {
    expect(print()).toMatchObject({ expiry: '2027-03-26', strike: 135_000, kind: 'call' });
    expect(print().over).toBeCloseTo(0.2);
    expect(print({ mark_iv: null }).over).toBeNull();
  });

  it('keeps a trade whose contract has a name that it cannot read', () => {
    expect(printOf(trade({ symbol: 'NEW' }))).toMatchObject({ expiry: null, strike: null, kind: null });
  });
});

describe('Tape', () => {
  it('takes each trade once; another contract may use the same id', () => {
    const tape = new Tape(10);
    expect(tape.add([trade(), trade(), trade({ symbol: 'BTC-26MAR27-1-P-USDT' })])).toBe(2);
    expect(tape.add([trade()])).toBe(0);
    expect(tape.size).toBe(2);
  });

  it('orders by the time of the exchange, and as they came within one moment', () => {
    const tape = new Tape(10);
    const times = [3, 1, 2, 2];
    tape.add(times.map((at, index) => trade({ id: `t${index}`, ts_exchange: at })));
    expect(tape.newestFirst().map((one) => one.trade.id)).toEqual(['t0', 't3', 't2', 't1']);
  });

  it('lets the oldest go beyond its room, and takes none that is older still', () => {
    const tape = new Tape(2);
    tape.add([1, 2, 3].map((at) => trade({ id: `t${at}`, ts_exchange: at })));
    expect(tape.add([trade({ id: 't1', ts_exchange: 1 })])).toBe(0);
    expect(tape.newestFirst().map((one) => one.trade.id)).toEqual(['t3', 't2']);
  });
});

describe('totalsOf', () => {
  it('adds up what is shown', () => {
    const put = { symbol: 'BTC-26MAR27-1-P-USDT', side: 'buy', size: 1, notional: 110_000 };
    expect(totalsOf([print(), print(put)])).toEqual({
      count: 2,
      volume: 5,
      notional: 550_000,
      bought: 0.2,
      putCall: 0.25,
    });
  });

  it('has no volume over several coins, and no share of nothing', () => {
    const none = { notional: null };
    expect(totalsOf([print(none), print({ ...none, underlying: 'ETH' })])).toMatchObject({
      volume: null,
      notional: 0,
      bought: null,
      putCall: null,
    });
  });
});

describe('largeFrom', () => {
  it('is the edge of the largest twentieth, rounded up to 1, 2 or 5', () => {
    const prints = Array.from({ length: 100 }, (_, index) => print({ notional: (index + 1) * 1_000 }));
    expect(largeFrom(prints)).toBe(100_000);
    expect(largeFrom(prints.map((one) => print({ notional: (one.trade.notional ?? 0) / 3 })))).toBe(50_000);
  });

  it('marks nothing while there are few', () => {
    expect(largeFrom([print()])).toBe(Infinity);
  });
});
