import { expect, it } from 'vitest';
import { amount, bytes, count, duration, millis, perSecond, share } from '../../../src/format/amount';

it.each([
  [null, '–'],
  [0, '0 B'],
  [842, '842 B'],
  [999.6, '1.00 kB'],
  [1_190_976, '1.19 MB'],
  [60_507_136, '60.5 MB'],
  [999_600_000, '1.00 GB'],
  [2e12, '2 TB'],
  [3e15, '3,000 TB'],
])('%s bytes are %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0'],
  [0.069, '0.069'],
  [0.5, '0.5'],
  [4.2157, '4.22'],
  [60.47, '60.5'],
  [2_703.85, '2,704'],
  [103, '103'],
])('the amount %s is %s', (value, text) => {
  expect(amount(value)).toBe(text);
});

it.each([
  [null, '–'],
  [1, '100%'],
  [0.99999, '99.9%'],
  [0.9937, '99.4%'],
  [0, '0.0%'],
])('the share %s is %s', (value, text) => {
  expect(share(value)).toBe(text);
});

it.each([
  [null, '–'],
  [0, '0/s'],
  [0.42, '0.4/s'],
  [2_604.3, '2,604/s'],
])('%s a second is %s', (value, text) => {
  expect(perSecond(value)).toBe(text);
});

it.each([
  [null, '–'],
  [0.25, '0.3 s'],
  [14, '14 s'],
  [185, '3 min 05 s'],
  [7_620, '2 h 07 min'],
  [273_600, '3 d 04 h'],
])('%s seconds last %s', (value, text) => {
  expect(duration(value)).toBe(text);
});

it('counts and times', () => {
  expect([count(null), count(2_012), millis(null), millis(21.04), millis(182.4)]).toEqual(['–', '2,012', '–', '21.0 ms', '182 ms']);
});
