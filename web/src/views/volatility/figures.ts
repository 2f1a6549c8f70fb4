import { DASH, fixed, iv as ivText, signed } from '../../format/number';
import type { Rank, RealisedVolatility, TermStructure, VolatilityIndex, VolatilityRank } from '../../model/analytics';
import { lookBack } from '../../model/past';
import { realisedOf } from '../../model/term';
import type { Figure } from '../chart/Figures.svelte';

/** Days of history from which on a rank means what it usually means. */
const YEAR = 365;

function percent(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined ? DASH : `${fixed(fraction * 100, 0)}%`;
}

function whyNot(rank: Rank | null): string {
  if (rank === null) return 'no history here yet';
  return rank.reason ?? lookBack(rank);
}

function ranks(rank: Rank | null): Figure[] {
  const short = rank !== null && rank.look_back_days < YEAR ? ', not a year' : '';
  return [
    {
      name: 'IV rank',
      value: percent(rank?.rank),
      note: rank?.rank === null || rank === null ? whyNot(rank) : `${lookBack(rank)}${short}`,
      help: 'ATM IV of 30 days: (now − low) / (high − low) over the history that there is',
    },
    {
      name: 'IV percentile',
      value: percent(rank?.percentile),
      note: rank?.percentile === null || rank === null ? whyNot(rank) : `days below now, of ${rank.look_back_days}`,
      help: 'Share of the days of the history on which ATM IV of 30 days was below now',
    },
  ];
}

/** The figures at the head of the page. */
export function volatilityFigures(
  index: VolatilityIndex | null,
  term: TermStructure | null,
  rank: VolatilityRank | null,
  realised: RealisedVolatility | null,
  version: string | null,
): Figure[] {
  const atm = term?.tenors.find((tenor) => tenor.days === 30)?.atm_iv ?? null;
  const past = realisedOf(realised, 30);
  const ours = `ours, not DVOL${version === null ? '' : `; method of voltape ${version}`}`;
  return [
    {
      name: '30-day index',
      value: index === null || index.value === null ? DASH : fixed(index.value, 2),
      note: index?.value === null ? (index.reason ?? ours) : ours,
      help: 'Model-free variance of the two expiries around 30 days, from mark prices, % a year',
    },
    {
      name: 'ATM IV 30 d',
      value: atm === null ? DASH : ivText(atm),
      note: atm === null ? 'no expiries around 30 d' : 'interpolated in total variance',
      help: 'Volatility at the forward, interpolated to 30 days',
    },
    ...ranks(rank?.atm_iv_30d ?? null),
    {
      name: 'Realised 30 d',
      value: past === null || past.realised === null ? DASH : ivText(past.realised),
      note: past === null || past.realised === null ? 'not told by the server yet' : "the exchange's own figure",
      help: 'Historical volatility of 30 days as the exchange publishes it, % a year',
    },
    {
      name: 'IV − RV 30 d',
      value: past === null || past.difference === null ? DASH : signed(past.difference, 1),
      note: past === null || past.difference === null ? 'needs realised volatility' : 'vol points',
      help: 'ATM IV of 30 days less realised volatility of 30 days',
    },
  ];
}
