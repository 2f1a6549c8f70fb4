import { describe, expect, it } from 'vitest';
import type { Size } from '../../../src/format/units';
import { Book } from '../../../src/model/book';
import { buildRows } from '../../../src/model/chain';
import {
  boundOf,
  failingHalf,
  deltaParam,
  filterRows,
  filterWords,
  narrows,
  NO_FILTER,
  passes,
  strikeFilterOf,
} from '../../../src/model/strikes';
import { CALL, exampleSnapshot, PUT, ticker } from '../examples';

const NONE = strikeFilterOf({});

function strikes(params: Record<string, string>): number[] {
  const book = new Book();
  book.replace(exampleSnapshot().data);
  return filterRows(buildRows(book.tickers(), 'USDT'), book, strikeFilterOf(params)).map((row) => row.strike);
}

describe('strikeFilterOf', () => {
  it('reads every setting of the address', () => {
    expect(strikeFilterOf({ kind: 'put', delta: '0.1..0.45', min_volume: '2', min_oi: '10.5' })).toEqual({
      kind: 'put',
      minDelta: 0.1,
      maxDelta: 0.45,
      minVolume: 2,
      minOpenInterest: 10.5,
    });
  });

  it('leaves open what is absent or is not a number', () => {
    expect(strikeFilterOf({ kind: 'both', delta: 'x..', min_volume: '-1', min_oi: '1e9' })).toEqual(NONE);
    expect(strikeFilterOf({ delta: '..0.3' })).toMatchObject({ minDelta: null, maxDelta: 0.3 });
  });

  it('reads back a range that it wrote', () => {
    expect(strikeFilterOf({ delta: deltaParam(0.25, null) ?? '' })).toMatchObject({ minDelta: 0.25, maxDelta: null });
    expect(deltaParam(null, null)).toBeNull();
  });

  it('is taken away by its reset', () => {
    const params = { kind: 'put', delta: '0.1..', min_volume: '2', min_oi: '10', contract: CALL };
    const left = Object.entries({ ...params, ...NO_FILTER }).filter(([, value]) => value !== null);
    expect(left).toEqual([['contract', CALL]]);
  });
});

describe('boundOf', () => {
  it.each([
    ['0.1', 0.1],
    [' 12 ', 12],
    ['.5', 0.5],
    ['0', 0],
    ['', null],
    ['-3', null],
    ['many', null],
  ])('of %j is %j', (text, bound) => {
    expect(boundOf(text)).toBe(bound);
  });
});

describe('passes', () => {
  it('takes delta without its sign', () => {
    const filter = strikeFilterOf({ delta: '0.4..0.6' });
    expect([passes(ticker(CALL, { delta: 0.5 }), filter), passes(ticker(PUT, { delta: -0.5 }), filter)]).toEqual([
      true,
      true,
    ]);
    expect(passes(ticker(CALL, { delta: 0.61 }), filter)).toBe(false);
  });

  it('lets no absent value through a bound on it, not even a bound of zero', () => {
    expect(passes(ticker(CALL, { volume_24h: null }), strikeFilterOf({ min_volume: '0' }))).toBe(false);
    expect(passes(ticker(CALL, { volume_24h: 0 as Size }), strikeFilterOf({ min_volume: '0' }))).toBe(true);
    expect(passes(ticker(CALL, { delta: null }), NONE)).toBe(true);
  });
});

describe('filterRows', () => {
  it('gives the very same rows where nothing is asked', () => {
    const book = new Book();
    const rows = buildRows(exampleSnapshot().data, 'USDT');
    expect(filterRows(rows, book, strikeFilterOf({ kind: 'call' }))).toBe(rows);
  });

  it('keeps a strike for either of its sides, but only for sides on screen', () => {
    const all = strikes({});
    const traded = strikes({ min_volume: '0.01' });
    expect(traded.length).toBeGreaterThan(0);
    expect(traded.length).toBeLessThan(all.length);
    const sides = [strikes({ min_volume: '0.01', kind: 'call' }), strikes({ min_volume: '0.01', kind: 'put' })];
    expect(new Set(sides.flat())).toEqual(new Set(traded));
    expect(strikes({ min_oi: '999999999' })).toEqual([]);
  });
});

describe('failingHalf', () => {
  it('names the half that the filter does not want', () => {
    const book = new Book();
    book.replace([ticker(CALL, { delta: 0.3 }), ticker(PUT, { delta: -0.7 })]);
    const [row] = buildRows(book.tickers(), 'USDT');
    if (row === undefined) throw new Error('no row');
    expect(failingHalf(row, book, strikeFilterOf({ delta: '0.1..0.4' }))).toBe('put');
    expect(failingHalf(row, book, strikeFilterOf({ delta: '0.6..' }))).toBe('call');
    expect(failingHalf(row, book, strikeFilterOf({ delta: '0.1..0.9' }))).toBeNull();
    expect(failingHalf(row, book, NONE)).toBeNull();
  });
});

describe('words', () => {
  it('tell of every bound in force', () => {
    const filter = strikeFilterOf({ delta: '0.1..0.4', min_volume: '5', min_oi: '1' });
    expect(filterWords(filter)).toBe('delta 0.1 to 0.4, volume from 5, open interest from 1');
    expect(filterWords(strikeFilterOf({ delta: '0.1..' }))).toBe('delta from 0.1');
    expect(filterWords(strikeFilterOf({ delta: '..0.1' }))).toBe('delta up to 0.1');
    expect([narrows(filter), narrows(strikeFilterOf({ kind: 'put' }))]).toEqual([true, false]);
  });
});
