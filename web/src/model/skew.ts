import { DASH, fixed, signed } from '../format/number';
import { expiryDate } from '../format/time';
import type { Skew, SkewPoint, TermStructure, Wings } from './analytics';
import { type Plot, rangeOf, type Sheet, type Trace } from './plot';
import { daysText, placeOfDays, tenorAxis, type TimeScale } from './tenor';

export type WingDelta = 25 | 10;

/** Risk reversal and butterfly at one time to expiry, fractions. */
export interface Shape {
  readonly name: string;
  readonly days: number;
  readonly reversal: number | null;
  readonly butterfly: number | null;
}

const TENORS = [7, 14, 30, 60, 90, 180];
const STEADY_DAYS = 0.5;

function wingsOf(point: SkewPoint, delta: WingDelta): Wings | null {
  return delta === 25 ? point.delta_25 : point.delta_10;
}

export function byExpiry(skew: Skew, delta: WingDelta): Shape[] {
  return skew.data.map((point) => {
    const wings = wingsOf(point, delta);
    return {
      name: expiryDate(point.expiry),
      days: point.days_to_expiry,
      reversal: wings?.risk_reversal ?? null,
      butterfly: wings?.butterfly ?? null,
    };
  });
}

/** IV at a fixed time: total variance is linear in time between the two expiries around it, and unknown elsewhere. */
export function ivAt(samples: readonly (readonly [days: number, iv: number | null])[], days: number): number | null {
  const known = samples.filter((sample): sample is readonly [number, number] => sample[1] !== null);
  const after = known.findIndex(([at]) => at >= days);
  if (after < 0) return null;
  const [farDays, far] = known[after] ?? [days, 0];
  if (farDays === days) return far;
  const near = known[after - 1];
  if (near === undefined) return null;
  const [nearDays, nearIv] = near;
  const share = (days - nearDays) / (farDays - nearDays);
  const variance = nearIv * nearIv * nearDays * (1 - share) + far * far * farDays * share;
  return variance > 0 ? Math.sqrt(variance / days) : null;
}

/** At constant maturities: 25 delta as the server interpolates it, 10 delta in the same way from its wings. */
export function byTenor(skew: Skew | null, term: TermStructure | null, delta: WingDelta): Shape[] {
  return TENORS.map((days) => {
    const shape = delta === 25 ? servedAt(term, days) : interpolatedAt(skew, days, delta);
    return { name: `${days} d`, days, ...shape };
  });
}

function servedAt(term: TermStructure | null, days: number): Pick<Shape, 'reversal' | 'butterfly'> {
  const tenor = term?.tenors.find((one) => one.days === days);
  return { reversal: tenor?.risk_reversal_25 ?? null, butterfly: tenor?.butterfly_25 ?? null };
}

export function interpolatedAt(
  skew: Skew | null,
  days: number,
  delta: WingDelta,
): Pick<Shape, 'reversal' | 'butterfly'> {
  const points = skew?.data ?? [];
  const iv = (of: (point: SkewPoint) => number | null): number | null =>
    ivAt(points.map((point) => [point.days_to_expiry, of(point)] as const), days);
  const call = iv((point) => wingsOf(point, delta)?.call_iv ?? null);
  const put = iv((point) => wingsOf(point, delta)?.put_iv ?? null);
  const atm = iv((point) => point.atm_iv);
  if (call === null || put === null) return { reversal: null, butterfly: null };
  return { reversal: call - put, butterfly: atm === null ? null : (call + put) / 2 - atm };
}

function trace(
  of: readonly Shape[],
  scale: TimeScale,
  value: (shape: Shape) => number | null,
  look: Pick<Trace, 'label' | 'tone' | 'draw'>,
): Trace {
  const ys = of.map(value);
  const tell = (at: number): string => {
    const found = ys[at] ?? null;
    return `${of[at]?.name ?? ''}  ${found === null ? DASH : signed(found * 100, 2)}`;
  };
  return { ...look, xs: of.map((one) => placeOfDays(one.days, scale)), ys, tell };
}

export function skewPlot(expiries: readonly Shape[], tenors: readonly Shape[], delta: WingDelta, scale: TimeScale): Plot {
  const reversal = (shape: Shape): number | null => shape.reversal;
  const butterfly = (shape: Shape): number | null => shape.butterfly;
  const steady = expiries.filter((shape) => shape.days >= STEADY_DAYS);
  const shown = [...(steady.length > 0 ? steady : expiries), ...tenors];
  return {
    traces: [
      trace(expiries, scale, reversal, { label: `RR${delta}`, tone: 1, draw: 'both' }),
      trace(expiries, scale, butterfly, { label: `BF${delta}`, tone: 2, draw: 'both' }),
      trace(tenors, scale, reversal, { label: `RR${delta} constant maturity`, tone: 1, draw: 'points' }),
      trace(tenors, scale, butterfly, { label: `BF${delta} constant maturity`, tone: 2, draw: 'points' }),
    ],
    x: tenorAxis(expiries.map((one) => one.days), scale),
    y: {
      label: 'Vol points',
      range: rangeOf([0, ...shown.flatMap((shape) => [shape.reversal, shape.butterfly])], 0.1, 0.005),
      text: (value) => signed(value * 100, 1),
      full: (value) => signed(value * 100, 2),
    },
  };
}

export function skewSheet(expiries: readonly Shape[], tenors: readonly Shape[], delta: WingDelta): Sheet {
  const points = (value: number | null): string => (value === null ? DASH : signed(value * 100, 2));
  return {
    columns: [expiries.length > 0 ? 'Expiry or tenor' : 'Tenor', 'Days', `RR${delta}, points`, `BF${delta}, points`],
    rows: [...expiries, ...tenors].map((shape) => [
      shape.name,
      shape.days < 10 ? daysText(shape.days) : fixed(shape.days, 0),
      points(shape.reversal),
      points(shape.butterfly),
    ]),
  };
}
