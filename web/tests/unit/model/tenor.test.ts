import { describe, expect, it } from 'vitest';
import { daysAt, daysText, placeOfDays, tenorAxis } from '../../../src/model/tenor';

describe('the axis of days to expiry', () => {
  it('comes back from its place', () => {
    for (const scale of ['log', 'linear'] as const) expect(daysAt(placeOfDays(33, scale), scale)).toBeCloseTo(33, 9);
  });

  it('does not give its room to an expiry of the last hours', () => {
    const [low] = tenorAxis([0.01, 7, 180], 'log').range ?? [];
    expect(daysAt(low ?? 0, 'log')).toBeGreaterThan(5);
  });

  it('labels usual tenors, as many as there is room for', () => {
    const axis = tenorAxis([1, 7, 30, 180], 'log');
    const [low, high] = axis.range ?? [0, 1];
    expect(axis.places?.(low, high, 1_000).map(axis.text)).toEqual(['1', '2', '4', '7', '14', '30', '60', '90', '180']);
    expect(axis.places?.(low, high, 120).length).toBeLessThan(5);
  });

  it('starts at zero where time is linear', () => {
    expect(tenorAxis([7, 180], 'linear').range?.[0]).toBeLessThanOrEqual(0);
  });

  it('has a range without any expiry', () => {
    expect(tenorAxis([], 'log').range).toEqual([0, 1]);
  });
});

it.each([
  [0.566, '0.6'],
  [7, '7'],
  [32.6, '33'],
])('%d days read %s', (days, text) => {
  expect(daysText(days)).toBe(text);
});
