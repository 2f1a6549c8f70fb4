import { describe, expect, it } from 'vitest';
import type { Iv } from '../../../src/format/units';
import { moveSheet, realisedOf, realisedSheet, termPlot, termSheet } from '../../../src/model/term';
import { REALISED, TERM } from '../analytics';

describe('the term structure', () => {
  it('shows ATM IV, a day ago and what was realised', () => {
    expect(termPlot(TERM, REALISED, 'log', false).traces.map((trace) => trace.label)).toEqual([
      'ATM IV',
      'A day ago',
      'Realised',
    ]);
  });

  it('shows forward IV where it is asked for, and nothing that is not known', () => {
    const plot = termPlot({ ...TERM, previous: null }, null, 'log', true);
    expect(plot.traces.map((trace) => trace.label)).toEqual(['ATM IV', 'Forward IV']);
  });

  it('is not squashed by an expiry of today', () => {
    const [first, ...rest] = TERM.points;
    if (first === undefined) throw new Error('the example has points');
    const last = { ...first, days_to_expiry: 0.05, atm_iv: 2.5 as Iv };
    expect(termPlot({ ...TERM, points: [last, ...rest] }, null, 'log', false).y.range?.[1]).toBeLessThan(1);
  });

  it('has rows for expiries and for tenors in its table', () => {
    const sheet = termSheet(TERM);
    expect(sheet.rows).toHaveLength(TERM.points.length + TERM.tenors.length);
    expect(sheet.rows.find((row) => row[0] === '30 d')?.[4]).toMatch(/^\d\d\.\d$/);
  });
});

it('the expected move has a row for each expiry', () => {
  expect(moveSheet(TERM).rows.map((row) => row[0])).toEqual(['23 Nov 26', '25 Dec 26', '26 Mar 27']);
});

describe('realised volatility', () => {
  it('stands beside ATM IV of the same windows, with dashes where it is absent', () => {
    const { rows } = realisedSheet(REALISED, TERM);
    expect(rows.map((row) => row[0])).toEqual(['7 d', '14 d', '30 d', '60 d', '90 d', '180 d']);
    const absent = realisedSheet(null, TERM).rows[2];
    expect(absent?.[1]).toBe('–');
    expect(absent?.[2]).toMatch(/^\d\d\.\d$/);
    expect(absent?.[3]).toBe('–');
  });

  it('is found by its window', () => {
    expect(realisedOf(REALISED, 30)?.days).toBe(30);
    expect(realisedOf(null, 30)).toBeNull();
  });
});
