import { describe, expect, it } from 'vitest';
import type { Level } from '../../../src/format/units';
import {
  amount,
  expiryPlot,
  expirySheet,
  factorOf,
  gammaPlot,
  gammaSheet,
  greeksSheet,
  nearStrikes,
  painPlot,
  painSheet,
  payoutSheet,
  profilePlot,
  ratiosOf,
  strikePlot,
  strikeSheet,
} from '../../../src/model/positioning';
import { GAMMA, GREEKS, INTEREST, PAIN } from '../analytics';

const SPOT = INTEREST.index_price as Level;
const OI = { strikes: INTEREST.strikes, measure: 'open_interest', factor: 1, unit: 'BTC' } as const;

describe('by strike', () => {
  it('calls go upwards and puts downwards, whatever the colours', () => {
    const [calls, puts] = strikePlot(OI, SPOT, null).traces;
    expect(calls?.ys).toEqual(INTEREST.strikes.map((one) => one.call_open_interest));
    expect(puts?.ys.every((value) => value === null || value <= 0)).toBe(true);
  });

  it('an absent sum is a gap and a dash, not zero', () => {
    const puts = strikePlot({ ...OI, measure: 'volume_24h' }, SPOT, null).traces[1];
    expect(puts?.ys[0]).toBeNull();
    expect(puts?.tell?.(0)).toBe('–');
    expect(strikeSheet(INTEREST.strikes, 1, 'BTC').rows[0]?.[4]).toBe('–');
  });

  it('the spot is marked, and the forward of a single expiry', () => {
    expect(strikePlot(OI, SPOT, null).marks?.map((mark) => mark.label.split(' ')[0])).toEqual(['spot']);
    expect(strikePlot(OI, SPOT, (SPOT + 100) as Level).marks).toHaveLength(2);
  });

  it('dollars are contracts times the spot, and unknown without it', () => {
    expect(factorOf('usd', SPOT)).toBe(SPOT);
    expect(factorOf('contracts', null)).toBe(1);
    const without = strikePlot({ ...OI, factor: factorOf('usd', null) }, null, null);
    expect(without.traces[0]?.ys.every((value) => value === null)).toBe(true);
  });

  it('strikes far from the spot are shown on request', () => {
    const strikes = [50, 80, 90, 100, 110, 120, 200].map((strike) => ({ strike }));
    expect(nearStrikes(strikes, 100, false).map((one) => one.strike)).toEqual([80, 90, 100, 110, 120]);
    expect(nearStrikes(strikes, 100, true)).toHaveLength(7);
    expect(nearStrikes(strikes.slice(0, 3), 100, false)).toHaveLength(3);
  });
});

describe('by expiry', () => {
  it('labels carry the share of the whole', () => {
    const { x } = expiryPlot(INTEREST.expiries, 'open_interest', 1, 'BTC');
    expect(x.text(0)).toMatch(/^23 Nov\n\d+\.\d%$/);
    expect(x.places?.(-0.7, 2.7, 60)).toHaveLength(1);
  });

  it('the table has ratios and shares', () => {
    const sheet = expirySheet(INTEREST.expiries, 1, 'BTC');
    expect(sheet.rows[0]).toHaveLength(sheet.columns.length);
  });
});

describe('gamma exposure', () => {
  it('has calls above and puts below zero, and marks spot, walls and flip', () => {
    const plot = gammaPlot(GAMMA, true);
    expect(plot.traces.map((trace) => trace.label)).toEqual(['Calls ▲', 'Puts ▼', 'Net']);
    expect(plot.marks?.map((mark) => mark.label)).toContainEqual(expect.stringMatching(/^spot /));
    const wide = { ...GAMMA, call_wall: GAMMA.strikes[6]?.strike ?? null, put_wall: GAMMA.strikes[1]?.strike ?? null };
    const names = gammaPlot(wide, true).marks?.map((mark) => mark.label.replace(/ [\d,]+$/, ''));
    expect(names).toEqual(expect.arrayContaining(['put wall', 'spot', 'call wall']));
  });

  it('the profile marks its zero', () => {
    const flip = 107_000 as Level;
    expect(profilePlot({ ...GAMMA, flip }).marks?.[0]).toMatchObject({ at: flip, label: 'flip 107,000' });
    expect(profilePlot({ ...GAMMA, flip: null }).marks).toHaveLength(1);
  });

  it('has a table', () => {
    expect(gammaSheet(GAMMA).rows).toHaveLength(GAMMA.strikes.length);
  });
});

describe('max pain', () => {
  const [pain] = PAIN.data;

  it('has the payout with its lowest point and the forward marked', () => {
    const plot = painPlot(pain ?? null);
    expect(plot.marks?.map((mark) => mark.label.replace(/ [\d,]+$/, ''))).toEqual(['max pain', 'forward']);
    expect(plot.y.range?.[0]).toBeLessThanOrEqual(0);
    expect(payoutSheet(pain ?? null).rows).toHaveLength(6);
  });

  it('is told with its distance from the forward', () => {
    expect(painSheet(PAIN).rows[0]?.[4]).toMatch(/^[+−]?\d\.\d\d$/);
  });

  it('is empty without an expiry', () => {
    expect(painPlot(null).traces[0]?.xs).toEqual([]);
  });
});

it('net greeks keep their signs', () => {
  const [calls, puts, net] = greeksSheet(GREEKS, 'BTC').rows;
  expect([calls?.[0], puts?.[0], net?.[0]]).toEqual(['Calls', 'Puts', 'Net']);
  expect(puts?.[1]).toMatch(/^−/);
  expect(calls?.[5]).toMatch(/^−/);
});

it('a ratio of nothing is a dash', () => {
  expect(ratiosOf({ ...INTEREST, put_call_ratio_volume: null }).volume).toBe('–');
});

it.each([
  [1_234.5, '1.2K'],
  [-2_500_000, '−2.5M'],
  [12.345, '12.35'],
  [0, '0'],
])('%d reads %s', (value, text) => {
  expect(amount(value)).toBe(text);
});
