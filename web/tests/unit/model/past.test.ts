import { describe, expect, it } from 'vitest';
import { lookBack, pastPlot, pastSheet, timeAxis, withGaps } from '../../../src/model/past';
import { HISTORY, RANK } from '../analytics';

const DAY = 86_400_000;

it('withGaps breaks the line where nothing was sampled', () => {
  const { xs, ys } = withGaps(HISTORY.data, 3_600_000);
  expect(ys).toEqual([0.47, null, 0.468, null, 0.466]);
  expect((xs[3] ?? 0) - (xs[2] ?? 0)).toBe(3_600_000);
});

describe('the history', () => {
  it('shows IVs and the index in per cent alike', () => {
    expect(pastPlot(HISTORY, 'ATM IV').traces[0]?.ys[0]).toBeCloseTo(47, 9);
    const index = { ...HISTORY, field: 'volatility_index', data: [{ ts: HISTORY.data[0]?.ts as never, value: 48.5 }] };
    expect(pastPlot(index, 'Index').traces[0]?.ys[0]).toBe(48.5);
  });

  it('has a range even of one sample', () => {
    const one = { ...HISTORY, data: HISTORY.data.slice(0, 1) };
    const [low, high] = pastPlot(one, 'ATM IV').x.range ?? [0, 0];
    expect(high).toBeGreaterThan(low);
  });

  it('is a table with dashes for what was not known', () => {
    expect(pastSheet(HISTORY, 'ATM IV').rows.map((row) => row[1])).toEqual(['47.00', '–', '46.80', '46.60']);
  });
});

describe('the axis of time', () => {
  it('labels days over weeks and hours within a day', () => {
    const weeks = timeAxis(0, 20 * DAY);
    expect(weeks.places?.(0, 20 * DAY, 400)?.map(weeks.text)).toContain('01-08');
    const hours = timeAxis(DAY, DAY + 8 * 3_600_000);
    expect(hours.places?.(DAY, DAY + 8 * 3_600_000, 400)?.map(hours.text)).toEqual(['01-02', '02:00', '04:00', '06:00', '08:00']);
  });
});

it('the look-back is what there is', () => {
  expect(lookBack(RANK.atm_iv_30d)).toBe('12 d of history');
  expect(lookBack({ ...RANK.atm_iv_30d, look_back_days: 0 })).toBe('no history yet');
});
