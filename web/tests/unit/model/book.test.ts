import { beforeEach, describe, expect, it } from 'vitest';
import type { Level, Millis, Price, Strike } from '../../../src/format/units';
import { Book, strikeIv } from '../../../src/model/book';
import { CALL, change, EXAMPLES, exampleDelta, exampleSnapshot, FAR_PUT, PUT, ticker } from '../examples';

let book: Book;

beforeEach(() => {
  book = new Book();
  book.replace(exampleSnapshot().data);
});

describe('replace', () => {
  it('touches every contract and is structural when contracts are new', () => {
    const effect = new Book().replace(exampleSnapshot().data);
    expect(effect).toMatchObject({ structural: true, incomplete: false });
    expect(effect.touched).toHaveLength(7);
  });

  it('is not structural when the same contracts arrive again', () => {
    expect(book.replace(exampleSnapshot().data).structural).toBe(false);
  });

  it('forgets contracts that the snapshot does not have', () => {
    expect(book.replace([ticker(CALL)]).structural).toBe(true);
    expect(book.size).toBe(1);
    expect(book.get(PUT)).toBeUndefined();
  });
});

describe('apply', () => {
  it('changes only the fields that a delta names', () => {
    const effect = book.apply(exampleDelta().data, []);
    expect(effect).toEqual({ touched: [CALL, 'BTC-25DEC26-90000-P-USDT'], structural: false, incomplete: false });
    expect(book.get(CALL)).toEqual(ticker(CALL, exampleDelta().data[0]));
    expect(book.get(PUT)).toEqual(ticker(PUT));
  });

  it('takes null as absent', () => {
    book.apply(exampleDelta().data, []);
    expect(book.get('BTC-25DEC26-90000-P-USDT')?.ask_price).toBeNull();
  });

  it('drops contracts that left', () => {
    const message = exampleDelta(EXAMPLES.deltaRemoved);
    expect(book.apply(message.data, message.removed).structural).toBe(true);
    expect(book.get(FAR_PUT)).toBeUndefined();
    expect(book.apply([], message.removed).structural).toBe(false);
  });

  it('reports a change of a contract it does not know', () => {
    const effect = book.apply([change('BTC-25DEC26-1-C-USDT', { bid_price: 5 })], []);
    expect(effect).toEqual({ touched: [], structural: false, incomplete: true });
  });

  it('takes a new contract that comes with its identity; the rest is absent', () => {
    const { underlying, settle, expiry, expiry_at, kind } = ticker(CALL);
    const identity = { underlying, settle, expiry, expiry_at, kind, strike: 105_000 };
    const effect = book.apply([change('BTC-25DEC26-105000-C-USDT', identity)], []);
    expect(effect.structural).toBe(true);
    expect(book.get('BTC-25DEC26-105000-C-USDT')).toMatchObject({ strike: 105_000, bid_price: null });
  });
});

describe('derived values', () => {
  it('takes the forward from the newest contract, not from an older polled one', () => {
    expect(book.forward).toBe(98_412.37);
    const old = { underlying_price: 1 as Level, ts_received: 5 as Millis };
    book.apply([change(FAR_PUT, old)], []);
    expect(book.forward).toBe(98_412.37);
    book.apply(exampleDelta().data, []);
    expect(book.forward).toBe(98_431.02);
    expect(book.index).toBe(97_118.4);
  });

  it('knows when the newest data arrived', () => {
    expect(book.newest).toBe(1_790_423_999_858);
    book.clear();
    expect(book.newest).toBeNull();
  });

  it('is all stale only when every contract is', () => {
    expect(book.allStale()).toBe(false);
    book.replace([ticker(CALL, { stale: true }), ticker(PUT, { stale: true })]);
    expect(book.allStale()).toBe(true);
    book.clear();
    expect(book.allStale()).toBe(false);
  });

  it('prints quotes with the decimals seen in quotes and Greeks by the price level', () => {
    expect(book.scale).toEqual({ quote: 0, mark: 2, greek: 2 });
    book.replace([
      ticker(CALL, { bid_price: 0.0125 as Price, underlying_price: 2.5 as Level }),
    ]);
    expect(book.scale).toEqual({ quote: 4, mark: 4, greek: 4 });
  });

  it('averages the mark volatility of a strike within one settle coin', () => {
    expect(strikeIv(book, 100_000 as Strike, 'USDT')).toBeCloseTo(0.4896);
    expect(strikeIv(book, 100_000 as Strike, 'USDC')).toBeCloseTo(0.4903);
    expect(strikeIv(book, 1 as Strike, 'USDT')).toBeNull();
  });
});
