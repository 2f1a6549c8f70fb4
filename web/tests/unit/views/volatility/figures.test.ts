import { expect, it } from 'vitest';
import { volatilityFigures } from '../../../../src/views/volatility/figures';
import { INDEX, RANK, REALISED, TERM } from '../../analytics';

function figure(name: string, of = volatilityFigures(INDEX, TERM, RANK, REALISED, '0.2.0')): { value: string; note: string } {
  const found = of.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no figure ${name}`);
  return { value: found.value, note: found.note };
}

it('the index is labelled as ours, with the version of its method', () => {
  expect(figure('30-day index').note).toBe('ours, not DVOL; method of voltape 0.2.0');
});

it('a rank says how long it looks back, and that this is no year', () => {
  expect(figure('IV rank').note).toBe('12 d of history, not a year');
  expect(figure('IV percentile')).toEqual({ value: '25%', note: 'days below now, of 12' });
});

it('a full year is not excused', () => {
  const year = { ...RANK, atm_iv_30d: { ...RANK.atm_iv_30d, look_back_days: 365 } };
  expect(figure('IV rank', volatilityFigures(INDEX, TERM, year, REALISED, null)).note).toBe('365 d of history');
});

it('what is unknown is a dash with its reason', () => {
  const nothing = volatilityFigures(null, null, null, null, null);
  expect(nothing.every((one) => one.value === '–' && one.note !== '')).toBe(true);
  const young = { ...RANK, atm_iv_30d: { ...RANK.atm_iv_30d, rank: null, percentile: null, reason: 'fewer than 2 days of history' } };
  expect(figure('IV rank', volatilityFigures(INDEX, TERM, young, REALISED, null))).toEqual({
    value: '–',
    note: 'fewer than 2 days of history',
  });
});
