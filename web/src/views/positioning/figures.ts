import { DASH, fixed, signed, strike as strikeText } from '../../format/number';
import { expiryDate } from '../../format/time';
import type { ExpiryPain, GammaExposure, OpenInterest } from '../../model/analytics';
import { amount, factorOf, inFull, ratiosOf, type Unit, unitLabel } from '../../model/positioning';
import type { Figure } from '../chart/Figures.svelte';

interface Known {
  readonly interest: OpenInterest | null;
  readonly gamma: GammaExposure | null;
  readonly pain: ExpiryPain | null;
  readonly unit: Unit;
  readonly coin: string;
}

function sum(value: number | null | undefined, factor: number | null): string {
  return value === null || value === undefined || factor === null ? DASH : amount(value * factor);
}

/** What a figure means, with its value in full. */
function explained(help: string, value: number | null | undefined, factor: number | null, unit: string): string {
  return value === null || value === undefined || factor === null ? help : `${help}: ${inFull(value * factor)} ${unit}`;
}

function price(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : fixed(value, value >= 1_000 ? 0 : 2);
}

/** Distance of a price from the spot, "+1.2% from spot". */
function fromSpot(value: number | null | undefined, gamma: GammaExposure | null): string {
  const spot = gamma?.index_price ?? null;
  if (value === null || value === undefined || spot === null) return '';
  return `${signed((value / spot - 1) * 100, 1)}% from spot`;
}

function activity({ interest, unit, coin }: Known): Figure[] {
  const factor = factorOf(unit, interest?.index_price ?? null);
  const name = unitLabel(unit, coin);
  const ratios = interest === null ? null : ratiosOf(interest);
  return [
    {
      name: 'Open interest',
      value: sum(interest?.open_interest, factor),
      note: `calls ${sum(interest?.call_open_interest, factor)}, puts ${sum(interest?.put_open_interest, factor)} ${name}`,
      help: explained('Open contracts', interest?.open_interest, factor, name),
    },
    {
      name: 'P/C open interest',
      value: ratios?.interest ?? DASH,
      note: 'puts ÷ calls',
      help: 'Open interest of puts divided by that of calls',
    },
    {
      name: 'Volume 24 h',
      value: sum(interest?.volume_24h, factor),
      note: `calls ${sum(interest?.call_volume_24h, factor)}, puts ${sum(interest?.put_volume_24h, factor)} ${name}`,
      help: explained('Traded in the last 24 hours', interest?.volume_24h, factor, name),
    },
    {
      name: 'P/C volume',
      value: ratios?.volume ?? DASH,
      note: 'puts ÷ calls, 24 h',
      help: 'Volume of puts divided by that of calls',
    },
  ];
}

/** The figures at the head of the page. */
export function positioningFigures(known: Known): Figure[] {
  const { gamma, pain } = known;
  const net = gamma?.net ?? null;
  return [
    ...activity(known),
    {
      name: 'Gamma exposure',
      value: net === null ? DASH : `${net > 0 ? '+' : ''}${amount(net)}`,
      note: 'USD per 1 % move, by assumption',
      help: `Net over all strikes; ${gamma?.convention.assumption ?? 'the sign is an assumption'}`,
    },
    {
      name: 'Gamma flip',
      value: price(gamma?.flip),
      note: gamma !== null && gamma.flip === null ? 'none within 30 %' : fromSpot(gamma?.flip, gamma),
      help: 'Spot at which the gamma exposure changes its sign',
    },
    {
      name: 'Call wall',
      value: price(gamma?.call_wall),
      note: fromSpot(gamma?.call_wall, gamma),
      help: 'Strike with the largest gamma exposure of calls',
    },
    {
      name: 'Put wall',
      value: price(gamma?.put_wall),
      note: fromSpot(gamma?.put_wall, gamma),
      help: 'Strike with the largest gamma exposure of puts',
    },
    {
      name: pain === null ? 'Max pain' : `Max pain ${expiryDate(pain.expiry)}`,
      value: pain === null || pain.max_pain === null ? DASH : strikeText(pain.max_pain),
      note:
        pain === null || pain.distance_percent === null ? '' : `${signed(pain.distance_percent, 1)}% from forward`,
      help: 'Strike at which holders are paid least: a description, not a forecast',
    },
  ];
}
