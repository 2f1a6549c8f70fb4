import { describe, expect, it } from 'vitest';
import { byExpiry, byTenor, interpolatedAt, ivAt, skewPlot, skewSheet } from '../../../src/model/skew';
import { SKEW, TERM } from '../analytics';

describe('ivAt', () => {
  const SAMPLES = [
    [10, 0.4],
    [40, 0.5],
  ] as const;

  it('is linear in total variance', () => {
    expect(ivAt(SAMPLES, 25)).toBeCloseTo(Math.sqrt((0.16 * 10 + 0.25 * 40) / 2 / 25), 12);
    expect(ivAt(SAMPLES, 40)).toBe(0.5);
  });

  it('extends nothing', () => {
    expect([ivAt(SAMPLES, 5), ivAt(SAMPLES, 41), ivAt([], 10)]).toEqual([null, null, null]);
  });

  it('passes over what is absent', () => {
    expect(ivAt([[10, 0.4], [20, null], [40, 0.4]], 20)).toBeCloseTo(0.4, 12);
  });
});

describe('skew at constant maturities', () => {
  it('is as served at 25 delta', () => {
    const month = byTenor(SKEW, TERM, 25).find((shape) => shape.days === 30);
    const served = TERM.tenors.find((tenor) => tenor.days === 30);
    expect([month?.reversal, month?.butterfly]).toEqual([served?.risk_reversal_25, served?.butterfly_25]);
  });

  it('is interpolated at 10 delta, between expiries only', () => {
    const shapes = byTenor(SKEW, TERM, 10);
    const known = (days: number): boolean => shapes.find((shape) => shape.days === days)?.reversal !== null;
    expect([known(30), known(60), known(180)]).toEqual([true, true, false]);
  });

  it('meets an expiry at its own time', () => {
    const point = SKEW.data[1];
    if (point === undefined) throw new Error('the example has expiries');
    const shape = interpolatedAt(SKEW, point.days_to_expiry, 25);
    expect(shape.reversal).toBeCloseTo(point.delta_25?.risk_reversal ?? 0, 9);
    expect(shape.butterfly).toBeCloseTo(point.delta_25?.butterfly ?? 0, 9);
  });
});

describe('the chart of the skew', () => {
  const expiries = byExpiry(SKEW, 10);
  const tenors = byTenor(SKEW, TERM, 10);

  it('has zero within its range', () => {
    const [low, high] = skewPlot(expiries, tenors, 10, 'log').y.range ?? [1, 1];
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  it('names the expiry under the pointer', () => {
    const tell = skewPlot(expiries, tenors, 10, 'log').traces[0]?.tell;
    expect(tell?.(0)).toMatch(/^23 Nov 26 {2}−\d\.\d\d$/);
  });

  it('has a table of expiries and tenors', () => {
    expect(skewSheet(expiries, tenors, 10).rows).toHaveLength(9);
    expect(skewSheet([], tenors, 10).columns[0]).toBe('Tenor');
  });
});
