import { describe, expect, it } from 'vitest';
import * as number from '../../../src/format/number';
import type { Iv, Level, Price, Size, Strike } from '../../../src/format/units';

it('prints a signed fraction in percent with two decimals', () => {
  expect([0.0123, -0.00456, 0].map(number.percent)).toEqual(['+1.23%', '−0.46%', '0.00%']);
});

describe('fixed and signed', () => {
  it.each([
    [0, 2, '0.00'],
    [1234.5, 1, '1,234.5'],
    [-1234.5, 1, '−1,234.5'],
    [-0.001, 2, '0.00'],
    [-0, 0, '0'],
    [999.999, 2, '1,000.00'],
    [1.005, 2, '1.01'],
    [1e-7, 7, '0.0000001'],
    [4e-8, 7, '0.0000000'],
    [1e15, 2, '1,000,000,000,000,000.00'],
  ])('prints %d with %d decimals as %s', (value, decimals, text) => {
    expect(number.fixed(value, decimals)).toBe(text);
  });

  it('rounds as the browser does', () => {
    const values = Array.from({ length: 2_000 }, (_, at) => Number(`${(at * 7919) % 104_729}${at}e${(at % 11) - 10}`));
    for (const decimals of [0, 1, 2, 4, 7]) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      const { format } = new Intl.NumberFormat('en-US', digits);
      expect(values.map((value) => number.fixed(value, decimals))).toEqual(values.map((value) => format(value)));
    }
  });

  it('signs what is not zero once rounded', () => {
    expect(number.signed(0.5, 3)).toBe('+0.500');
    expect(number.signed(-0.5, 3)).toBe('−0.500');
    expect(number.signed(0.0001, 3)).toBe('0.000');
  });
});

describe('price', () => {
  it('shows a tiny price as below the last digit, never as zero', () => {
    expect(number.price(0.0004 as Price, 2)).toBe('<0.01');
    expect(number.price(0.005 as Price, 2)).toBe('0.01');
  });

  it('shows a real zero as zero', () => {
    expect(number.price(0 as Price, 2)).toBe('0.00');
  });

  it('separates thousands', () => {
    expect(number.price(12345 as Price, 0)).toBe('12,345');
  });
});

describe('decimalsOf', () => {
  it.each([
    [5, 0],
    [0.5, 1],
    [0.1 + 0.2, 1],
    [0.0001, 4],
    [12.34, 2],
    [1 / 3, 8],
    [0, 0],
    [-2.5, 1],
  ])('of %d is %d', (value, decimals) => {
    expect(number.decimalsOf(value)).toBe(decimals);
  });
});

describe('volatility, levels and strikes', () => {
  it('prints a fraction as percent with one decimal', () => {
    expect(number.iv(0.4896 as Iv)).toBe('49.0%');
    expect(number.iv(5 as Iv)).toBe('500.0%');
  });

  it('prints a change in percent with its sign, large ones without decimals', () => {
    expect(number.change(-0.33333334)).toBe('−33.3%');
    expect(number.change(86)).toBe('+8,600%');
    expect(number.change(0)).toBe('0.0%');
  });

  it.each([
    [97105.82, '97,105.82'],
    [2.51234, '2.5123'],
    [0.123456, '0.123456'],
  ])('prints the level %d as %s', (value, text) => {
    expect(number.level(value as Level)).toBe(text);
  });

  it('prints strikes with separators and only the decimals they have', () => {
    expect(number.strike(100000 as Strike)).toBe('100,000');
    expect(number.strike(0.4 as Strike)).toBe('0.4');
  });
});

describe('compact', () => {
  it.each([
    [0, '0'],
    [0.01, '0.01'],
    [26.55, '26.55'],
    [842.13, '842.1'],
    [999.96, '1.0K'],
    [1250.44, '1.3K'],
    [999_960, '1.0M'],
    [3_400_000, '3.4M'],
    [2e9, '2.0B'],
  ])('prints %d as %s', (value, text) => {
    expect(number.compact(value as Size)).toBe(text);
  });
});

describe('gamma', () => {
  it('keeps seven decimals', () => {
    expect(number.gamma(0.00002111)).toBe('0.0000211');
    expect(number.gamma(0)).toBe('0.0000000');
  });

  it('turns to powers of ten where the decimals would all be zero', () => {
    expect(number.gamma(1e-8)).toBe('1.0e−8');
  });
});
