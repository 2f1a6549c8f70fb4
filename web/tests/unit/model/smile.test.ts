import { describe, expect, it } from 'vitest';
import type { Curve, Smile } from '../../../src/model/analytics';
import {
  deltaText,
  fitLine,
  fitNote,
  fittedIv,
  placeOf,
  placeOfForward,
  smilePlot,
  smileSheet,
} from '../../../src/model/smile';
import { SMILE } from '../analytics';

const CURVE = SMILE.curve as Curve;
const UNFITTED: Smile = { ...SMILE, curve: { ...CURVE, fitted: false, svi: null, reason: 'fewer than 6 strikes' } };

describe('the fit', () => {
  it('meets the marks within its largest error', () => {
    const worst = (CURVE.max_error ?? 0) / 100;
    const low = CURVE.log_moneyness_low ?? 0;
    const high = CURVE.log_moneyness_high ?? 0;
    const inside = SMILE.points.filter(({ log_moneyness: k }) => k >= low && k <= high);
    expect(inside.length).toBeGreaterThan(3);
    for (const { log_moneyness, mark_iv } of inside) {
      const iv = CURVE.svi === null ? null : fittedIv(CURVE.svi, log_moneyness, CURVE.years);
      expect(Math.abs((iv ?? 0) - (mark_iv ?? 1))).toBeLessThanOrEqual(worst + 1e-4);
    }
  });

  it('is drawn finer than the strikes, and only where it was made', () => {
    const line = fitLine(SMILE, 'moneyness');
    expect(line.xs.length).toBeGreaterThan(SMILE.points.length);
    expect(Math.min(...line.xs)).toBeGreaterThanOrEqual((CURVE.log_moneyness_low ?? 0) - 1e-9);
    expect([...line.xs].sort((a, b) => a - b)).toEqual(line.xs);
  });

  it('is not drawn where nothing was fitted', () => {
    expect(fitLine(UNFITTED, 'strike').xs).toEqual([]);
    expect(smilePlot([UNFITTED], 'strike', false).traces.map((trace) => trace.draw)).toContain('both');
  });

  it('tells its error, and warns above 4 vol points', () => {
    expect(fitNote(CURVE)).toMatchObject({ text: expect.stringMatching(/^SVI fit RMSE 0\.\d\d vol points$/), warn: false });
    expect(fitNote({ ...CURVE, rmse: 4.01 })).toMatchObject({ warn: true });
    expect(fitNote(UNFITTED.curve).text).toBe('no SVI fit: fewer than 6 strikes');
    expect(fitNote(null).text).toBe('');
  });
});

describe('the axis', () => {
  const point = SMILE.points[0];

  it('is the strike, the log-moneyness, or the delta with puts on the left', () => {
    if (point === undefined) throw new Error('the example has points');
    expect(placeOf(point, 'strike')).toBe(point.strike);
    expect(placeOf(point, 'moneyness')).toBe(point.log_moneyness);
    expect(placeOf(point, 'delta')).toBeCloseTo(1 - (point.call_delta ?? 0), 12);
    expect(placeOf({ ...point, call_delta: null }, 'delta')).toBeNull();
  });

  it('has the forward in its place', () => {
    expect(placeOfForward(SMILE, 'strike')).toBe(SMILE.forward);
    expect(placeOfForward(SMILE, 'moneyness')).toBe(0);
    expect(placeOfForward(SMILE, 'delta')).toBeCloseTo(0.48, 1);
  });

  it.each([
    [0.25, '25Δ P'],
    [0.5, '50Δ'],
    [0.9, '10Δ C'],
  ])('reads %d as %s', (place, text) => {
    expect(deltaText(place)).toBe(text);
  });
});

describe('smiles over each other', () => {
  it('share axes that the wings do not stretch', () => {
    const wild = SMILE.points.map((point, at) => (at === 0 ? { ...point, call_delta: 0.9999, mark_iv: 3 as never } : point));
    const near = smilePlot([{ ...SMILE, points: wild }], 'strike', false);
    const all = smilePlot([{ ...SMILE, points: wild }], 'strike', true);
    expect(near.y.range?.[1]).toBeLessThan(1);
    expect(all.y.range?.[1]).toBeGreaterThan(3);
  });

  it('have a band from bid to ask each, and one mark at the money', () => {
    const plot = smilePlot([SMILE, { ...SMILE, expiry: '2027-03-26' }], 'delta', false);
    expect(plot.bands?.map(({ upper, lower }) => [plot.traces[upper]?.label, plot.traces[lower]?.label])).toEqual([
      ['25 Dec 26 ask', '25 Dec 26 bid'],
      ['26 Mar 27 ask', '26 Mar 27 bid'],
    ]);
    expect(plot.marks).toHaveLength(1);
    expect(plot.marks?.[0]?.label).toMatch(/^ATM 4\d\.\d%$/);
  });

  it('tell bid, mark and ask under the pointer', () => {
    const tell = smilePlot([SMILE], 'strike', false).traces[0]?.tell;
    expect(tell?.(3)).toMatch(/^[\d.–]+ \/ [\d.]+ \/ [\d.–]+ %$/);
  });
});

it('the table has a row for each strike and a dash for what is absent', () => {
  const sheet = smileSheet([SMILE]);
  expect(sheet.rows).toHaveLength(SMILE.points.length);
  expect(sheet.rows.every((row) => row.length === sheet.columns.length)).toBe(true);
  expect(smileSheet([UNFITTED]).rows.every((row) => row.at(-1) === '–')).toBe(true);
});
