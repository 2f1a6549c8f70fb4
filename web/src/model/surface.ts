import { DASH, fixed } from '../format/number';
import { expiryDate } from '../format/time';
import type { Curve, Surface, SurfaceRow } from './analytics';
import { type Range, rangeOf, type Sheet } from './plot';
import { daysText } from './tenor';

export type SurfaceRows = 'tenors' | 'expiries';

/** A grid of IVs in the order in which it is drawn: near expiries on top, low strikes left. */
export interface HeatMap {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  /** IVs at both ends of the colour scale. */
  readonly range: Range | null;
}

function rowName(row: SurfaceRow): string {
  return row.expiry === null ? `${daysText(row.days)} d` : `${expiryDate(row.expiry)} (${daysText(row.days)} d)`;
}

export function heatMap(surface: Surface, of: SurfaceRows): HeatMap {
  const rows = surface[of].filter((row) => row.ivs.some((iv) => iv !== null));
  const values = rows.map((row) => row.ivs);
  return {
    columns: surface.moneyness.map((one) => `${fixed(one * 100, Number.isInteger(Math.round(one * 1_000) / 10) ? 0 : 1)}%`),
    rows: rows.map(rowName),
    values,
    range: rangeOf(values.flat(), 0),
  };
}

export function surfaceSheet(map: HeatMap): Sheet {
  return {
    columns: ['IV %', ...map.columns],
    rows: map.rows.map((name, row) => [
      name,
      ...(map.values[row] ?? []).map((iv) => (iv === null ? DASH : fixed(iv * 100, 1))),
    ]),
  };
}

/** How far a value is along the colour scale, 0 to 1. */
export function share(value: number, [low, high]: Range): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
}

/** What is wrong with one expiry's part of the surface, in words; empty where nothing is. */
export function violations(curve: Curve, surface: Surface): string {
  const found: string[] = [];
  if (curve.butterfly_violation === true) found.push('butterfly: the fit implies a negative probability');
  if (curve.butterfly_strikes.length > 0) {
    const strikes = curve.butterfly_strikes.map((one) => fixed(one, one % 1 === 0 ? 0 : 2)).join('; ');
    found.push(`butterfly at ${strikes}`);
  }
  for (const { near, far, shortfall } of surface.calendar_violations) {
    if (far === curve.expiry) found.push(`calendar against ${expiryDate(near)}: ${fixed(shortfall, 2)} points too low`);
  }
  return found.join(', ');
}

/** Fits per expiry; errors in vol points. */
export function fitSheet(surface: Surface): Sheet {
  const points = (value: number | null): string => (value === null ? DASH : fixed(value, 2));
  return {
    columns: ['Expiry', 'Fit', 'RMSE', 'Max error', 'Strikes', 'Arbitrage'],
    rows: surface.curves.map((curve) => {
      const wrong = violations(curve, surface);
      return [
        expiryDate(curve.expiry),
        curve.fitted ? 'SVI' : `none: ${curve.reason ?? 'no reason given'}`,
        points(curve.rmse),
        points(curve.max_error),
        String(curve.strikes),
        wrong === '' ? '✓ none' : `⚠ ${wrong}`,
      ];
    }),
  };
}
