import { describe, expect, it } from 'vitest';
import { fitSheet, heatMap, share, surfaceSheet, violations } from '../../../src/model/surface';
import { SURFACE } from '../analytics';

describe('the heat map', () => {
  const map = heatMap(SURFACE, 'expiries');

  it('has moneyness across and time down', () => {
    expect(map.columns).toContain('100%');
    expect(map.columns).toContain('97.5%');
    expect(map.rows[1]).toMatch(/^25 Dec 26 \(3\d d\)$/);
    expect(heatMap(SURFACE, 'tenors').rows[0]).toBe('1 d');
  });

  it('ranges over the values that there are', () => {
    const known = map.values.flat().filter((iv) => iv !== null);
    expect(map.range).toEqual([Math.min(...known), Math.max(...known)]);
  });

  it('leaves out a row without any value', () => {
    const bare = { ...SURFACE, tenors: [{ days: 1, expiry: null, ivs: SURFACE.moneyness.map(() => null) }] };
    expect(heatMap(bare, 'tenors')).toMatchObject({ rows: [], range: null });
  });

  it('is a table with dashes too', () => {
    const sheet = surfaceSheet(map);
    expect(sheet.rows[0]).toHaveLength(sheet.columns.length);
    expect(sheet.rows[0]).toContain('–');
  });
});

it.each([
  [0.3, 0],
  [0.4, 0],
  [0.5, 0.5],
  [0.7, 1],
])('%d is at %d of the scale from 0.4 to 0.6', (value, at) => {
  expect(share(value, [0.4, 0.6])).toBeCloseTo(at, 12);
});

describe('fits', () => {
  it('name each violation at its expiry', () => {
    const [near, middle, far] = SURFACE.curves;
    if (near === undefined || middle === undefined || far === undefined) throw new Error('three curves');
    expect(violations(near, SURFACE)).toBe('');
    expect(violations(middle, SURFACE)).toBe('butterfly at 100,000');
    expect(violations(far, SURFACE)).toBe('calendar against 25 Dec 26: 0.31 points too low');
    expect(violations({ ...near, butterfly_violation: true }, SURFACE)).toContain('negative probability');
  });

  it('say why there is none', () => {
    const [first, second] = fitSheet(SURFACE).rows;
    expect(first).toEqual(['23 Nov 26', 'none: fewer than 6 strikes', '–', '–', expect.any(String), '✓ none']);
    expect(second?.at(-1)).toBe('⚠ butterfly at 100,000');
  });
});
