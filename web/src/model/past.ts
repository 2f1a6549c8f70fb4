import type { History, Rank, Sample } from './analytics';
import type { Course } from './course';

export const PAST_FIELDS = [
  { field: 'volatility_index', label: '30-day index' },
  { field: 'atm_iv_30d', label: 'ATM IV 30 d' },
  { field: 'atm_iv_7d', label: 'ATM IV 7 d' },
  { field: 'atm_iv_90d', label: 'ATM IV 90 d' },
  { field: 'atm_iv_180d', label: 'ATM IV 180 d' },
] as const;

export type PastField = (typeof PAST_FIELDS)[number]['field'];

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

/** The history as a line, broken where nothing was sampled. */
export function pastCourse(history: History, label: string): Course {
  const scale = scaleOf(history.field);
  const scaled = history.data.map(({ ts, value }) => ({ ts, value: value === null ? null : value * scale }));
  const { xs, ys } = withGaps(scaled, history.step_s * 1_000);
  return { columns: [xs, ys], lines: [[label, 1, scaled.length < 60 ? 'both' : 'line']], unit: '% a year', least: 1 };
}

/** How far back a rank looks, in words that promise no more than there is. */
export function lookBack(rank: Rank): string {
  return rank.look_back_days === 0 ? 'no history yet' : `${rank.look_back_days} d of history`;
}
