import { DASH, fixed, iv as ivText, signed, strike as strikeText } from '../format/number';
import { expiryDate } from '../format/time';
import type { Iv, Strike } from '../format/units';
import type { Curve, Smile, SmilePoint, Svi } from './analytics';
import type { Axis, Band, Mark, Plot, Range, Sheet, Tone, Trace } from './plot';
import { rangeOf } from './plot';

export type SmileAxis = 'strike' | 'moneyness' | 'delta';

/** Deltas of calls between which a smile is shown before the user looks further: beyond, marks are guesses. */
const SHOWN: Range = [0.01, 0.99];
/** Deltas of calls between which quotes may stretch the IV axis. */
const QUOTED: Range = [0.05, 0.95];
/** Samples of the fit between two strikes. */
const FINE = 3;
/** A fit further off than this, in vol points, is warned of. */
const POOR_FIT = 4;

function within(value: number | null, [low, high]: Range): boolean {
  return value !== null && value >= low && value <= high;
}

/** Place of a strike on the axis: for delta put wing left, call wing right, 0.5 at the money. */
export function placeOf(point: SmilePoint, axis: SmileAxis): number | null {
  if (axis === 'strike') return point.strike;
  if (axis === 'moneyness') return point.log_moneyness;
  return point.call_delta === null ? null : 1 - point.call_delta;
}

/** IV of the fit at a log-moneyness. */
export function fittedIv(svi: Svi, k: number, years: number): number | null {
  const off = k - svi.m;
  const variance = svi.a + svi.b * (svi.rho * off + Math.sqrt(off * off + svi.sigma * svi.sigma));
  return variance > 0 && years > 0 ? Math.sqrt(variance / years) : null;
}

interface Line {
  readonly xs: number[];
  readonly ys: (number | null)[];
}

/** The fit where it was made, finer than the strikes are. */
export function fitLine(smile: Smile, axis: SmileAxis): Line {
  const line: Line = { xs: [], ys: [] };
  const { curve } = smile;
  if (curve === null || !curve.fitted || curve.svi === null) return line;
  const low = curve.log_moneyness_low ?? -Infinity;
  const high = curve.log_moneyness_high ?? Infinity;
  let before: { k: number; x: number } | null = null;
  for (const point of smile.points) {
    const x = placeOf(point, axis);
    const k = point.log_moneyness;
    if (x === null || k < low - 1e-9 || k > high + 1e-9) continue;
    for (let part = before === null ? FINE : 1; part <= FINE; part += 1) {
      const share = part / FINE;
      const from = before ?? { k, x };
      line.xs.push(from.x + (x - from.x) * share);
      line.ys.push(fittedIv(curve.svi, from.k + (k - from.k) * share, curve.years));
    }
    before = { k, x };
  }
  return line;
}

/** Place of the forward on the axis. */
export function placeOfForward(smile: Smile, axis: SmileAxis): number | null {
  if (axis === 'moneyness') return 0;
  if (axis === 'strike') return smile.forward;
  let before: SmilePoint | null = null;
  for (const point of smile.points) {
    if (point.log_moneyness >= 0 && before !== null && before.call_delta !== null && point.call_delta !== null) {
      const share = -before.log_moneyness / (point.log_moneyness - before.log_moneyness);
      return 1 - (before.call_delta + (point.call_delta - before.call_delta) * share);
    }
    before = point;
  }
  return null;
}

function shownPoints(smile: Smile): SmilePoint[] {
  const points = smile.points.filter((point) => within(point.call_delta, SHOWN));
  return points.length >= 3 ? points : [...smile.points];
}

function xRange(smiles: readonly Smile[], axis: SmileAxis, wings: boolean): Range | null {
  const points = smiles.flatMap((smile) => (wings ? smile.points : shownPoints(smile)));
  return rangeOf(points.map((point) => placeOf(point, axis)), 0.03);
}

function yRange(smiles: readonly Smile[], wings: boolean): Range | null {
  const values: (number | null)[] = [];
  for (const smile of smiles) {
    for (const point of wings ? smile.points : shownPoints(smile)) {
      values.push(point.mark_iv);
      if (within(point.call_delta, QUOTED)) values.push(point.bid_iv, point.ask_iv);
    }
  }
  return rangeOf(values, 0.08, 0.02);
}

export function deltaText(place: number): string {
  const hundredths = Math.round((place <= 0.5 ? place : 1 - place) * 100);
  return hundredths === 50 ? '50Δ' : `${hundredths}Δ ${place < 0.5 ? 'P' : 'C'}`;
}

/** Labelled places, the most read first. */
const DELTA_PLACES = [0.5, 0.25, 0.75, 0.1, 0.9, 0.4, 0.6, 0.05, 0.95, 0.01, 0.99];
const LABEL = 36;

function deltaPlaces(low: number, high: number, room: number): number[] {
  const places: number[] = [];
  for (const place of DELTA_PLACES) {
    const near = places.some((other) => (Math.abs(other - place) / (high - low)) * room < LABEL);
    if (place >= low && place <= high && !near) places.push(place);
  }
  return places.sort((a, b) => a - b);
}

export function smileAxis(axis: SmileAxis, range: Range | null): Axis {
  switch (axis) {
    case 'strike':
      return {
        label: 'Strike, USD',
        range,
        text: (place) => strikeText(place as Strike),
        full: (place) => fixed(place, place >= 1_000 ? 0 : 2),
      };
    case 'moneyness':
      return { label: 'Log-moneyness ln(K/F)', range, text: (place) => signed(place, 2), full: (place) => signed(place, 3) };
    case 'delta':
      return { label: 'Delta of the out-of-the-money option', range, text: deltaText, places: deltaPlaces };
  }
}

/** Bid, mark and ask, such as "46.1 / 46.6 / 47.0 %". */
function quotes(point: SmilePoint): string {
  const one = (value: Iv | null): string => (value === null ? DASH : fixed(value * 100, 1));
  return `${one(point.bid_iv)} / ${one(point.mark_iv)} / ${one(point.ask_iv)} %`;
}

function tracesOf(smile: Smile, axis: SmileAxis, tone: Tone, named: boolean): Trace[] {
  const points = smile.points.filter((point) => placeOf(point, axis) !== null);
  points.sort((a, b) => (placeOf(a, axis) ?? 0) - (placeOf(b, axis) ?? 0));
  const xs = points.map((point) => placeOf(point, axis) ?? 0);
  const label = expiryDate(smile.expiry);
  const edge = (name: string, ys: (number | null)[]): Trace =>
    ({ label: `${label} ${name}`, tone, draw: 'edge', xs, ys });
  const tell = (at: number): string => {
    const point = points[at];
    if (point === undefined) return DASH;
    return `${axis === 'strike' ? '' : `${strikeText(point.strike)}  `}${quotes(point)}`;
  };
  const fit = fitLine(smile, axis);
  const draw = fit.xs.length > 0 ? 'points' : 'both';
  return [
    { label, tone, draw, xs, ys: points.map((point) => point.mark_iv), tell },
    edge('ask', points.map((point) => point.ask_iv)),
    edge('bid', points.map((point) => point.bid_iv)),
    { label: 'SVI fit', tone, draw: 'line', ...fit, tell: null, named: named && fit.xs.length > 0 },
  ];
}

const TRACES = 4;

/** Smiles over each other, the chosen one first: mark IV as points, bid to ask as a band, the fit as a line. */
export function smilePlot(smiles: readonly Smile[], axis: SmileAxis, wings: boolean): Plot {
  const toneOf = (at: number): Tone => (Math.min(at, 7) + 1) as Tone;
  const traces = smiles.flatMap((smile, at) => tracesOf(smile, axis, toneOf(at), at === 0));
  const bands: Band[] = smiles.map((_, at) => ({
    upper: at * TRACES + 1,
    lower: at * TRACES + 2,
    tone: toneOf(at),
    ...(at === 0 ? { label: 'Bid to ask' } : {}),
  }));
  return {
    traces,
    bands,
    marks: forwards(smiles, axis, toneOf),
    x: smileAxis(axis, xRange(smiles, axis, wings)),
    y: {
      label: 'Implied volatility, % a year',
      range: yRange(smiles, wings),
      text: (value) => fixed(value * 100, 1),
      full: (value) => ivText(value as Iv),
    },
  };
}

function forwards(smiles: readonly Smile[], axis: SmileAxis, toneOf: (at: number) => Tone): Mark[] {
  const own = axis === 'strike' ? smiles : smiles.slice(0, 1);
  return own.flatMap((smile, at) => {
    const place = placeOfForward(smile, axis);
    if (place === null) return [];
    const atm = smile.atm_iv === null ? '' : ` ${ivText(smile.atm_iv)}`;
    return [{ at: place, label: at === 0 ? `ATM${atm}` : '', tone: axis === 'strike' ? toneOf(at) : ('dim' as const) }];
  });
}

/** What is said about the fit of the chosen expiry, and whether it is a warning. */
export function fitNote(curve: Curve | null): { readonly text: string; readonly warn: boolean } {
  if (curve === null) return { text: '', warn: false };
  if (!curve.fitted) return { text: `no SVI fit: ${curve.reason ?? 'no reason given'}`, warn: false };
  const rmse = curve.rmse ?? 0;
  const poor = rmse > POOR_FIT ? ', poor fit' : '';
  return { text: `SVI fit RMSE ${fixed(rmse, 2)} vol points${poor}`, warn: rmse > POOR_FIT };
}

export function smileSheet(smiles: readonly Smile[]): Sheet {
  const percent = (value: number | null): string => (value === null ? DASH : fixed(value * 100, 1));
  return {
    columns: ['Strike', 'Expiry', 'Side', 'ln(K/F)', 'Delta', 'Bid IV %', 'Mark IV %', 'Ask IV %', 'Fit %'],
    rows: smiles.flatMap((smile) =>
      smile.points.map((point) => [
        strikeText(point.strike),
        smile.expiry,
        point.kind,
        signed(point.log_moneyness, 3),
        point.delta === null ? DASH : signed(point.delta, 3),
        percent(point.bid_iv),
        percent(point.mark_iv),
        percent(point.ask_iv),
        percent(fitAt(smile, point)),
      ]),
    ),
  };
}

function fitAt({ curve }: Smile, { log_moneyness: k }: SmilePoint): number | null {
  if (curve === null || !curve.fitted || curve.svi === null) return null;
  if (k < (curve.log_moneyness_low ?? -Infinity) || k > (curve.log_moneyness_high ?? Infinity)) return null;
  return fittedIv(curve.svi, k, curve.years);
}
