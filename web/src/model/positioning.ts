import { compact, DASH, fixed, level, signed, strike as strikeText } from '../format/number';
import { expiryDate } from '../format/time';
import type { Level, Size, Strike } from '../format/units';
import type {
  ExpiryActivity,
  ExpiryPain,
  GammaExposure,
  Greeks,
  GreeksBySide,
  MaxPain,
  OpenInterest,
  StrikeActivity,
} from './analytics';
import { type Axis, type Mark, type Plot, rangeOf, type Sheet, type Tone, type Trace } from './plot';
import { StrikeScale } from './scale';
import { daysText } from './tenor';

export type Measure = 'open_interest' | 'volume_24h';
export type Unit = 'contracts' | 'usd';

/** Share of the spot within which strikes are shown before the user looks further. */
const NEAR = 0.3;
/** The same of the payout curve, which is steep: further out its lowest point would look flat. */
const PAID = 0.15;

/** A sum in few characters, with its sign; dollars in thousands, millions and so on. */
export function amount(value: number): string {
  return compact((Math.abs(value) >= 100 ? Math.round(value) : value) as Size);
}

/** As {@link amount}, without a decimal that says nothing: for the labels of an axis. */
function rounded(value: number): string {
  return amount(value).replace(/\.0(?=[A-Z]?$)/, '');
}

/** A sum in full. */
export function inFull(value: number): string {
  return fixed(value, Math.abs(value) >= 10_000 ? 0 : 2);
}

/** Contracts times this are in the unit; `null` while the spot is not known. */
export function factorOf(unit: Unit, spot: Level | null): number | null {
  return unit === 'contracts' ? 1 : spot;
}

export function unitLabel(unit: Unit, coin: string): string {
  return unit === 'usd' ? 'USD' : coin;
}

/** Strikes near the spot, or all. */
export function nearStrikes<T extends { readonly strike: number }>(
  strikes: readonly T[],
  spot: number | null,
  all: boolean,
): T[] {
  if (all || spot === null) return [...strikes];
  const near = strikes.filter(({ strike }) => Math.abs(strike / spot - 1) <= NEAR);
  return near.length >= 5 ? near : [...strikes];
}

function absolute(label: string): Axis {
  const text = (value: number): string => rounded(Math.abs(value));
  return { label, range: null, text };
}

/** Calls upwards, puts downwards: side is position, colour comes on top. */
function mirrored(xs: number[], calls: (number | null)[], puts: (number | null)[], label: string): Trace[] {
  const tell = (values: (number | null)[]) => (at: number): string => {
    const value = values[at] ?? null;
    return value === null ? DASH : `${inFull(value)} ${label}`;
  };
  const down = puts.map((value) => (value === null ? null : -value));
  return [
    { label: 'Calls ▲', tone: 'call', draw: 'bars', xs, ys: calls, tell: tell(calls) },
    { label: 'Puts ▼', tone: 'put', draw: 'bars', xs, ys: down, tell: tell(puts) },
  ];
}

function times(value: number | null, factor: number | null): number | null {
  return value === null || factor === null ? null : value * factor;
}

/** A vertical line at a price, between the strikes where there is a scale of them. */
function markAt(price: number | null | undefined, name: string, tone: Tone, scale?: StrikeScale): Mark[] {
  if (price === null || price === undefined) return [];
  const at = scale === undefined ? price : scale.placeOf(price);
  return at === null ? [] : [{ at, label: `${name} ${priceText(price)}`, tone }];
}

/** What is known, as text. */
function known(value: number | null, text: (value: number) => string): string {
  return value === null ? DASH : text(value);
}

/** Names of what is measured, for the titles of axes. */
const NAMES: Readonly<Record<Measure, string>> = { open_interest: 'Open interest', volume_24h: 'Volume 24 h' };

/** Traces of calls and puts. */
function sides(
  places: readonly number[],
  rows: readonly StrikeActivity[] | readonly ExpiryActivity[],
  { measure, factor, unit }: Omit<Activities, 'strikes'>,
): Trace[] {
  const values = (side: 'call' | 'put'): (number | null)[] => rows.map((one) => times(one[`${side}_${measure}`], factor));
  return mirrored([...places], values('call'), values('put'), unit);
}

function priceText(price: number): string {
  return price >= 1_000 ? fixed(price, 0) : level(price as Level);
}

export interface Activities {
  readonly strikes: readonly StrikeActivity[];
  readonly measure: Measure;
  readonly factor: number | null;
  readonly unit: string;
}

/** Open interest or volume by strike, with the spot, and the forward of the expiry where there is one. */
export function strikePlot(
  { strikes, measure, factor, unit }: Activities,
  spot: Level | null,
  forward: Level | null,
): Plot {
  const scale = new StrikeScale(strikes.map((one) => one.strike));
  return {
    traces: sides(scale.places, strikes, { measure, factor, unit }),
    marks: [...markAt(spot, 'spot', 'text', scale), ...markAt(forward, 'forward', 'accent', scale)],
    x: scale.axis('Strike, USD (at equal distances)'),
    y: absolute(`${NAMES[measure]}, ${unit}`),
  };
}

export function strikeSheet(strikes: readonly StrikeActivity[], factor: number | null, unit: string): Sheet {
  const text = (value: number | null): string => known(times(value, factor), inFull);
  return {
    columns: ['Strike', `Call OI, ${unit}`, `Put OI, ${unit}`, `Call volume, ${unit}`, `Put volume, ${unit}`],
    rows: strikes.map((one) => [
      strikeText(one.strike),
      text(one.call_open_interest),
      text(one.put_open_interest),
      text(one.call_volume_24h),
      text(one.put_volume_24h),
    ]),
  };
}

/** Open interest or volume by expiry; expiries side by side. */
export function expiryPlot(
  expiries: readonly ExpiryActivity[],
  measure: Measure,
  factor: number | null,
  unit: string,
): Plot {
  const xs = expiries.map((_, place) => place);
  const share = (one: ExpiryActivity | undefined): string => {
    const part = measure === 'open_interest' ? one?.share_open_interest : one?.share_volume;
    return part === null || part === undefined ? DASH : `${fixed(part * 100, 1)}%`;
  };
  const shares: Trace = { label: 'Share', tone: 'dim', draw: 'edge', xs, ys: xs.map(() => null) };
  const label = (place: number): string => expiryDate(expiries[Math.round(place)]?.expiry ?? '');
  return {
    traces: [...sides(xs, expiries, { measure, factor, unit }), shares],
    x: {
      label: 'Expiry, with its share',
      lines: 2,
      range: [-0.7, Math.max(0, expiries.length - 1) + 0.7],
      text: (place) => `${label(place).replace(/ \d\d$/, '')}\n${share(expiries[Math.round(place)])}`,
      full: (place) => `${label(place)}, ${share(expiries[Math.round(place)])} of all`,
      places: (low, high, room) => {
        const shown = xs.filter((place) => place >= low && place <= high);
        const step = Math.max(1, Math.ceil((shown.length * 46) / Math.max(1, room)));
        return shown.filter((place) => place % step === 0);
      },
    },
    y: absolute(`${NAMES[measure]}, ${unit}`),
  };
}

export function expirySheet(expiries: readonly ExpiryActivity[], factor: number | null, unit: string): Sheet {
  const text = (value: number | null): string => known(times(value, factor), inFull);
  const share = (value: number | null): string => known(value, (part) => fixed(part * 100, 1));
  const ratio = (value: number | null): string => known(value, (part) => fixed(part, 2));
  return {
    columns: ['Expiry', `Call OI, ${unit}`, `Put OI, ${unit}`, 'OI %', 'P/C OI', `Volume, ${unit}`, 'Vol %', 'P/C vol'],
    rows: expiries.map((one) => [
      expiryDate(one.expiry),
      text(one.call_open_interest),
      text(one.put_open_interest),
      share(one.share_open_interest),
      ratio(one.put_call_ratio_open_interest),
      text(one.volume_24h),
      share(one.share_volume),
      ratio(one.put_call_ratio_volume),
    ]),
  };
}

const USD: Pick<Axis, 'text' | 'full'> = {
  text: rounded,
  full: (value) => `${signed(value, 0)} USD`,
};

/** Gamma exposure by strike: calls upwards, puts downwards, the sum of both as points. */
export function gammaPlot(gamma: GammaExposure, all: boolean): Plot {
  const strikes = nearStrikes(gamma.strikes, gamma.index_price, all);
  const scale = new StrikeScale(strikes.map((one) => one.strike));
  const xs = scale.places;
  return {
    traces: [
      { label: 'Calls ▲', tone: 'call', draw: 'bars', xs, ys: strikes.map((one) => one.calls) },
      { label: 'Puts ▼', tone: 'put', draw: 'bars', xs, ys: strikes.map((one) => one.puts) },
      { label: 'Net', tone: 'text', draw: 'points', xs, ys: strikes.map((one) => one.net) },
    ],
    marks: [
      ...markAt(gamma.put_wall, 'put wall', 'put', scale),
      ...markAt(gamma.flip, 'flip', 'accent', scale),
      ...markAt(gamma.index_price, 'spot', 'text', scale),
      ...markAt(gamma.call_wall, 'call wall', 'call', scale),
    ],
    x: scale.axis('Strike, USD (at equal distances)'),
    y: { label: 'USD per 1 % move', range: null, ...USD },
  };
}

export function gammaSheet(gamma: GammaExposure): Sheet {
  return {
    columns: ['Strike', 'Calls, USD per 1 %', 'Puts, USD per 1 %', 'Net, USD per 1 %'],
    rows: gamma.strikes.map((one) => [strikeText(one.strike), ...[one.calls, one.puts, one.net].map((value) => fixed(value, 0))]),
  };
}

/** The sum of all exposures if the spot were elsewhere. */
export function profilePlot(gamma: GammaExposure): Plot {
  const xs = gamma.profile.map((one) => one.price);
  return {
    traces: [{ label: 'Net exposure', tone: 1, draw: 'line', xs, ys: gamma.profile.map((one) => one.net) }],
    marks: [...markAt(gamma.flip, 'flip', 'accent'), ...markAt(gamma.index_price, 'spot', 'text')],
    x: { label: 'Spot, USD', range: rangeOf(xs, 0), text: priceText },
    y: { label: 'USD per 1 % move', range: null, ...USD },
  };
}

export function profileSheet(gamma: GammaExposure): Sheet {
  return {
    columns: ['Spot', 'Net, USD per 1 %'],
    rows: gamma.profile.map((one) => [priceText(one.price), fixed(one.net, 0)]),
  };
}

/** What all holders together are paid at each settlement price. */
export function painPlot(pain: ExpiryPain | null): Plot {
  const curve = pain?.curve ?? [];
  const near = curve.filter((one) => pain?.forward == null || Math.abs(one.price / pain.forward - 1) <= PAID);
  const xs = curve.map((one) => one.price);
  const line = (label: string, tone: Tone, ys: number[], dashed: boolean): Trace =>
    ({ label, tone, draw: 'line', dashed, xs, ys });
  return {
    traces: [
      line('Calls', 'call', curve.map((one) => one.calls), true),
      line('Puts', 'put', curve.map((one) => one.puts), true),
      line('All', 1, curve.map((one) => one.total), false),
    ],
    marks: [...markAt(pain?.max_pain, 'max pain', 'accent'), ...markAt(pain?.forward, 'forward', 'text')],
    x: { label: 'Settlement price, USD', range: rangeOf(near.map((one) => one.price), 0), text: priceText },
    y: {
      label: 'Paid to holders, USD',
      range: rangeOf([0, ...near.map((one) => one.total)], 0.05),
      text: rounded,
      full: (value) => `${fixed(value, 0)} USD`,
    },
  };
}

export function payoutSheet(pain: ExpiryPain | null): Sheet {
  return {
    columns: ['Settlement', 'Calls, USD', 'Puts, USD', 'All, USD'],
    rows: (pain?.curve ?? []).map((one) => [
      priceText(one.price),
      ...[one.calls, one.puts, one.total].map((value) => fixed(value, 0)),
    ]),
  };
}

export function painSheet(pain: MaxPain): Sheet {
  return {
    columns: ['Expiry', 'Days', 'Max pain', 'Forward', 'Distance %', 'Open interest'],
    rows: pain.data.map((one) => [
      expiryDate(one.expiry),
      daysText(one.days_to_expiry),
      known(one.max_pain, (price) => strikeText(price as Strike)),
      known(one.forward, priceText),
      known(one.distance_percent, (percent) => signed(percent, 2)),
      known(one.open_interest, (size) => compact(size as Size)),
    ]),
  };
}

/** Greeks of the long side of all open contracts. */
export function greeksSheet(greeks: GreeksBySide, coin: string): Sheet {
  const text = (value: number | null, decimals = 0): string =>
    known(value, (sum) => (Math.abs(sum) >= 1_000 ? amount(sum) : signed(sum, decimals)));
  const row = (name: string, side: Greeks): string[] => [
    name,
    text(side.delta, 1),
    text(side.delta_usd),
    text(side.gamma, 4),
    text(side.vega),
    text(side.theta),
  ];
  return {
    columns: ['Side', `Delta, ${coin}`, 'Delta, USD', `Gamma, ${coin} per USD`, 'Vega, USD per point', 'Theta, USD a day'],
    rows: [row('Calls', greeks.calls), row('Puts', greeks.puts), row('Net', greeks.net)],
  };
}

/** The ratios of one expiry, or of all. */
export function ratiosOf(interest: OpenInterest): { readonly interest: string; readonly volume: string } {
  const text = (value: number | null): string => known(value, (part) => fixed(part, 2));
  return {
    interest: text(interest.put_call_ratio_open_interest),
    volume: text(interest.put_call_ratio_volume),
  };
}
