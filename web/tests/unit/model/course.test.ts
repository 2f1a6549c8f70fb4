import { expect, it } from 'vitest';
import { type Course, coursePlot, courseSheet } from '../../../src/model/course';

const PRICES: Course = {
  columns: [[1_000, 2_000, 3_500], [10, 10, null], [11, 11.25, 12], [12, 12.5, 13]],
  lines: [['Bid', 'dim'], ['Mark', 'accent'], ['Ask', 'dim']],
  band: true,
  unit: 'USDT',
  span: 60_000,
};

it('draws each value until the next, with a band from the first to the third', () => {
  const plot = coursePlot(PRICES, 'utc');
  expect(plot.traces.map(({ label, draw, ys }) => [label, draw, ys[0]])).toEqual([
    ['Bid', 'held', 10],
    ['Mark', 'held', 11],
    ['Ask', 'held', 12],
  ]);
  expect(plot.bands).toEqual([{ upper: 2, lower: 0, tone: 'dim' }]);
  expect(plot.x.range).toEqual([1_000, 61_000]);
});

it('leaves room around what is drawn, but none below zero where nothing is negative', () => {
  const flat = coursePlot({ columns: [[0], [100]], lines: [['IV', 'accent']], unit: '%' }, 'utc');
  expect(flat.y.range?.[0]).toBeCloseTo(99.95, 3);
  const lag = coursePlot({ columns: [[0, 1], [2, 3]], lines: [['p50', 1, 'line']], unit: 'ms', least: 10 }, 'utc');
  expect(lag.y.range?.[0]).toBe(0);
});

it('labels its axis with as many decimals as the labels need', () => {
  const { y } = coursePlot(PRICES, 'utc');
  expect([y.text(11, 0.5), y.text(11.25, 0.25), y.text(5_200, 200)]).toEqual(['11.0', '11.25', '5,200']);
  expect(y.full?.(11.25)).toBe('11.25 USDT');
});

it('is a table too, with dashes for what is absent', () => {
  expect(courseSheet(PRICES, 'utc')).toEqual({
    columns: ['Time, UTC', 'Bid', 'Mark', 'Ask'],
    rows: [
      ['1970-01-01 00:00:01', '10', '11', '12'],
      ['1970-01-01 00:00:02', '10', '11.25', '12.5'],
      ['1970-01-01 00:00:03', '–', '12', '13'],
    ],
  });
});
