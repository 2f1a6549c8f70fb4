import { DASH, fixed, iv as ivText, signed } from '../format/number';
import { expiryDate } from '../format/time';
import type { Iv } from '../format/units';
import type { RealisedVolatility, RealisedWindow, TermStructure } from './analytics';
import { type Axis, type Plot, rangeOf, type Sheet, type Trace } from './plot';
import { daysText, placeOfDays, tenorAxis, type TimeScale } from './tenor';

/** In the last hours √T changes quickly and an IV says little: such an expiry does not stretch the axis. */
const STEADY_DAYS = 0.5;

const IV_AXIS: Omit<Axis, 'range'> = {
  label: 'Volatility, % a year',
  text: (value) => fixed(value * 100, 1),
  full: (value) => ivText(value as Iv),
};

interface Dated {
  readonly days: number;
  readonly iv: Iv | null;
}

function trace(
  of: readonly Dated[],
  scale: TimeScale,
  look: Pick<Trace, 'label' | 'tone' | 'draw'> & Partial<Trace>,
): Trace {
  return { ...look, xs: of.map((one) => placeOfDays(one.days, scale)), ys: of.map((one) => one.iv) };
}

/** Volatilities over the time that they are for: by expiry, forward, a day ago, realised. */
export function termPlot(
  term: TermStructure,
  realised: RealisedVolatility | null,
  scale: TimeScale,
  forward: boolean,
): Plot {
  const atm = term.points.map((point) => ({ days: point.days_to_expiry, iv: point.atm_iv }));
  const forwards = term.points.map((point) => ({ days: point.days_to_expiry, iv: point.forward_iv }));
  const before = (term.previous?.tenors ?? []).map(({ days, atm_iv }) => ({ days, iv: atm_iv }));
  const past = (realised?.data ?? []).map((window) => ({ days: window.days, iv: window.realised }));
  const known = past.filter((one) => one.iv !== null);
  const tell = (at: number): string => {
    const point = term.points[at];
    return point === undefined ? DASH : `${expiryDate(point.expiry)}  ${point.atm_iv === null ? DASH : ivText(point.atm_iv)}`;
  };
  const traces = [
    trace(atm, scale, { label: 'ATM IV', tone: 1, draw: 'both', tell }),
    ...(forward ? [trace(forwards, scale, { label: 'Forward IV', tone: 4, draw: 'step' })] : []),
    ...(before.length > 0 ? [trace(before, scale, { label: 'A day ago', tone: 'dim', draw: 'both', dashed: true })] : []),
    ...(known.length > 0 ? [trace(known, scale, { label: 'Realised', tone: 2, draw: 'points' })] : []),
  ];
  const steady = [atm, before, known, forward ? forwards : []].flat().filter((one) => one.days >= STEADY_DAYS);
  const shown = steady.length > 0 ? steady : atm;
  return {
    traces,
    x: tenorAxis([...atm, ...known].map((one) => one.days), scale),
    y: { ...IV_AXIS, range: rangeOf(shown.map((one) => one.iv), 0.12, 0.02) },
  };
}

function percent(value: number | null): string {
  return value === null ? DASH : fixed(value * 100, 1);
}

export function termSheet(term: TermStructure): Sheet {
  const before = new Map((term.previous?.tenors ?? []).map((tenor) => [tenor.days, tenor.atm_iv]));
  return {
    columns: ['Expiry or tenor', 'Days', 'ATM IV %', 'Forward IV %', 'A day ago %', 'Calendar'],
    rows: [
      ...term.points.map((point) => [
        expiryDate(point.expiry),
        daysText(point.days_to_expiry),
        percent(point.atm_iv),
        percent(point.forward_iv),
        DASH,
        point.calendar_violation ? 'variance falls' : 'ok',
      ]),
      ...term.tenors.map((tenor) => [
        `${tenor.days} d`,
        String(tenor.days),
        percent(tenor.atm_iv),
        DASH,
        percent(before.get(tenor.days) ?? null),
        DASH,
      ]),
    ],
  };
}

/** One standard deviation to each expiry. */
export function moveSheet(term: TermStructure): Sheet {
  return {
    columns: ['Expiry', 'Days', 'Forward', 'ATM IV %', '± move', '± %', 'Straddle'],
    rows: term.atm.map((move) => {
      const decimals = (move.forward ?? 0) >= 1_000 ? 0 : (move.forward ?? 0) >= 10 ? 2 : 4;
      const price = (value: number | null): string => (value === null ? DASH : fixed(value, decimals));
      return [
        expiryDate(move.expiry),
        daysText(move.days_to_expiry),
        price(move.forward),
        percent(move.atm_iv),
        price(move.expected_move),
        move.expected_move_fraction === null ? DASH : fixed(move.expected_move_fraction * 100, 2),
        price(move.straddle),
      ];
    }),
  };
}

const WINDOWS = [7, 14, 30, 60, 90, 180];

/** Realised beside implied volatility at the same windows; windows that the server does not tell of are dashes. */
export function realisedSheet(realised: RealisedVolatility | null, term: TermStructure | null): Sheet {
  return {
    columns: ['Window', 'Realised %', 'ATM IV %', 'IV − RV'],
    rows: WINDOWS.map((days) => {
      const window = realised?.data.find((one) => one.days === days);
      const implied = window?.atm_iv ?? term?.tenors.find((tenor) => tenor.days === days)?.atm_iv ?? null;
      const difference = window?.difference ?? null;
      return [
        `${days} d`,
        percent(window?.realised ?? null),
        percent(implied),
        difference === null ? DASH : signed(difference, 1),
      ];
    }),
  };
}

export function realisedOf(realised: RealisedVolatility | null, days: number): RealisedWindow | null {
  return realised?.data.find((one) => one.days === days) ?? null;
}
