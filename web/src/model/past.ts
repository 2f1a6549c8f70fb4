import { DASH, fixed } from '../format/number';
import type { Rank, History, Sample } from './analytics';
import { type Axis, type Plot, rangeOf, type Sheet } from './plot';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEPS = [HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY];
const LABEL = 74;

export const PAST_FIELDS = [
  { field: 'volatility_index', label: '30-day index' },
  { field: 'atm_iv_30d', label: 'ATM IV 30 d' },
  { field: 'atm_iv_7d', label: 'ATM IV 7 d' },
  { field: 'atm_iv_90d', label: 'ATM IV 90 d' },
  { field: 'atm_iv_180d', label: 'ATM IV 180 d' },
] as const;

export type PastField = (typeof PAST_FIELDS)[number]['field'];

function stamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}`;
}

function places(low: number, high: number, room: number): number[] {
  const most = Math.max(2, room / LABEL);
  const step = STEPS.find((one) => (high - low) / one <= most) ?? 180 * DAY;
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

/** Instants; labels are dates, or clock times within a day. */
export function timeAxis(low: number, high: number): Axis {
  return {
    label: 'Time, UTC',
    range: low < high ? [low, high] : [low - HOUR, high + HOUR],
    text: (at) => (at % DAY === 0 ? stamp(at).slice(5, 10) : stamp(at).slice(11, 16)),
    full: stamp,
    places,
  };
}

/** Samples with a gap put in wherever nothing was sampled. */
export function withGaps(samples: readonly Sample[], stepMs: number): { xs: number[]; ys: (number | null)[] } {
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  for (const { ts, value } of samples) {
    const before = xs.at(-1);
    if (before !== undefined && ts - before > 1.5 * stepMs) {
      xs.push(before + stepMs);
      ys.push(null);
    }
    xs.push(ts);
    ys.push(value);
  }
  return { xs, ys };
}

/** Per cent a year in either case: the index is served so, IVs are fractions. */
function scaleOf(field: string): number {
  return field === 'volatility_index' ? 1 : 100;
}

export function pastPlot(history: History, label: string): Plot {
  const scale = scaleOf(history.field);
  const scaled = history.data.map(({ ts, value }) => ({ ts, value: value === null ? null : value * scale }));
  const line = withGaps(scaled, history.step_s * 1_000);
  const draw = scaled.length < 60 ? 'both' : 'line';
  return {
    traces: [{ label, tone: 1, draw, ...line }],
    x: timeAxis(line.xs[0] ?? 0, line.xs.at(-1) ?? 0),
    y: {
      label: '% a year',
      range: rangeOf(line.ys, 0.1, 1),
      text: (value) => fixed(value, 1),
      full: (value) => `${fixed(value, 2)}%`,
    },
  };
}

export function pastSheet(history: History, label: string): Sheet {
  const scale = scaleOf(history.field);
  return {
    columns: ['Time, UTC', `${label}, % a year`],
    rows: history.data.map(({ ts, value }) => [stamp(ts), value === null ? DASH : fixed(value * scale, 2)]),
  };
}

/** How far back a rank looks, in words that promise no more than there is. */
export function lookBack(rank: Rank): string {
  return rank.look_back_days === 0 ? 'no history yet' : `${rank.look_back_days} d of history`;
}
