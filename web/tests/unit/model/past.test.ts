import { describe, expect, it } from 'vitest';
import { coursePlot, courseSheet } from '../../../src/model/course';
import { lookBack, pastCourse, withGaps } from '../../../src/model/past';
import { HISTORY, RANK } from '../analytics';

it('withGaps breaks the line where nothing was sampled', () => {
  const { xs, ys } = withGaps(HISTORY.data, 3_600_000);
  expect(ys).toEqual([0.47, null, 0.468, null, 0.466]);
  expect((xs[3] ?? 0) - (xs[2] ?? 0)).toBe(3_600_000);
});

describe('the history', () => {
  it('shows IVs and the index in per cent alike', () => {
    expect(pastCourse(HISTORY, 'ATM IV').columns[1]?.[0]).toBeCloseTo(47, 9);
    const index = { ...HISTORY, field: 'volatility_index', data: [{ ts: HISTORY.data[0]?.ts as never, value: 48.5 }] };
    expect(pastCourse(index, 'Index').columns[1]?.[0]).toBe(48.5);
  });

  it('has a range even of one sample', () => {
    const one = { ...HISTORY, data: HISTORY.data.slice(0, 1) };
    const { x, y } = coursePlot(pastCourse(one, 'ATM IV'), 'utc');
    for (const [low, high] of [x.range ?? [0, 0], y.range ?? [0, 0]]) expect(high).toBeGreaterThan(low);
  });

  it('is a table with dashes for what was not known', () => {
    const rows = courseSheet(pastCourse(HISTORY, 'ATM IV'), 'utc').rows.map((row) => row[1]);
    expect(rows).toEqual(['47', '–', '46.8', '–', '46.6']);
  });
});

it('the look-back is what there is', () => {
  expect(lookBack(RANK.atm_iv_30d)).toBe('12 d of history');
  expect(lookBack({ ...RANK.atm_iv_30d, look_back_days: 0 })).toBe('no history yet');
});
