import { type Changes, NO_FILTER } from './filter';
import type { Params } from './route';

/** A filter and an order that are often wanted together. */
export interface Preset {
  readonly name: string;
  /** What it does, shown on hover. */
  readonly help: string;
  readonly params: Params;
}

export const CONTRACT_PRESETS: readonly Preset[] = [
  {
    name: 'High volume',
    help: 'Turnover of 24 hours of 1M or more, the largest first',
    params: { min_turnover: '1000000', sort: '-turnover_24h' },
  },
  {
    name: 'High IV',
    help: 'Mark IV of 80 % or more, |delta| from 0.05 to 0.5, the highest first',
    params: { min_iv: '0.8', min_abs_delta: '0.05', max_abs_delta: '0.5', sort: '-mark_iv' },
  },
  {
    name: '25-delta',
    help: '|Delta| from 0.2 to 0.3: the wings that skew is measured with',
    params: { min_abs_delta: '0.2', max_abs_delta: '0.3' },
  },
  { name: '0DTE', help: 'Delivery within 24 hours', params: { max_days: '1' } },
  {
    name: 'Wide spreads',
    help: 'Bid and ask apart by 10 % or more of their middle, the widest first',
    params: { quoted: '1', min_spread: '0.1', sort: '-spread_share' },
  },
];

/** The conditions and the order that a preset stands for, all others lifted. */
export function presetChanges(preset: Preset): Changes {
  return { ...NO_FILTER, sort: null, ...preset.params };
}

/** True where an address asks for exactly what a preset does. */
export function isPreset(preset: Preset, params: Params): boolean {
  return Object.entries(presetChanges(preset)).every(([name, value]) => (params[name] ?? null) === value);
}
