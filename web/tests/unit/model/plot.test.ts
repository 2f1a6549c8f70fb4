import { describe, expect, it } from 'vitest';
import { align, csvOf, nearest, type Plot, rangeOf, roundPlaces, told, type Trace } from '../../../src/model/plot';

function trace(label: string, xs: number[], ys: (number | null)[], more: Partial<Trace> = {}): Trace {
  return { label, tone: 1, draw: 'line', xs, ys, ...more };
}

const AXIS = { label: 'x', range: null, text: String };

describe('align', () => {
  it('tells a gap from a place that a trace has no sample at', () => {
    const aligned = align([trace('a', [1, 3], [10, null]), trace('b', [2, 3], [20, 30])]);
    expect(aligned).toEqual([
      [1, 2, 3],
      [10, undefined, null],
      [undefined, 20, 30],
    ]);
  });
});

describe('nearest', () => {
  it.each([
    [[1, 5, 9], 0, 0],
    [[1, 5, 9], 3.1, 1],
    [[1, 5, 9], 2.9, 0],
    [[1, 5, 9], 100, 2],
    [[], 1, -1],
  ])('of %j to %d is at %d', (xs, wanted, at) => {
    expect(nearest(xs, wanted)).toBe(at);
  });
});

describe('told', () => {
  const plot: Plot = {
    traces: [
      trace('near', [1, 2], [0.5, null]),
      trace('own words', [1, 2], [1, 2], { tell: (at) => `number ${at}` }),
      trace('silent', [1, 2], [1, 2], { tell: null }),
      trace('edge', [1, 2], [1, 2], { draw: 'edge' }),
      trace('far', [90], [1]),
    ],
    x: { ...AXIS, range: [0, 100] },
    y: { ...AXIS, full: (value) => `${value} %` },
  };

  it('says what is under the pointer, in the words of each trace', () => {
    expect(told(plot, 1).map(({ label, text }) => [label, text])).toEqual([
      ['near', '0.5 %'],
      ['own words', 'number 0'],
    ]);
  });

  it('says a dash where a sample is absent', () => {
    expect(told(plot, 2)[0]?.text).toBe('–');
  });
});

describe('rangeOf', () => {
  it('leaves room at both ends and skips what is absent', () => {
    expect(rangeOf([null, 10, undefined, 20], 0.1)).toEqual([9, 21]);
  });

  it('is as wide as wanted where the values are close', () => {
    expect(rangeOf([10, 10], 0.1, 4)).toEqual([8, 12]);
  });

  it('has a width even of one value', () => {
    expect(rangeOf([50], 0.1)).toEqual([45, 55]);
    expect(rangeOf([0], 0.1)).toEqual([-1, 1]);
  });

  it('is absent without values', () => {
    expect(rangeOf([null])).toBeNull();
  });
});

describe('roundPlaces', () => {
  it('are round and within the range', () => {
    expect(roundPlaces(0.13, 0.52, 5)).toEqual([0.2, 0.3, 0.4, 0.5]);
    expect(roundPlaces(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
  });

  it('are none of an empty range', () => {
    expect(roundPlaces(1, 1, 4)).toEqual([]);
  });
});

it('csvOf quotes cells that hold separators', () => {
  expect(csvOf({ columns: ['a', 'b'], rows: [['x, y', 'say "x"']] })).toBe('a,b\r\n"x, y","say ""x"""\r\n');
});

it('csvOf writes numbers as spreadsheets read them', () => {
  const rows = [['−1,234,567.5'], ['–'], ['25 Dec 26']];
  expect(csvOf({ columns: ['a'], rows })).toBe('a\r\n-1234567.5\r\n\r\n25 Dec 26\r\n');
});
