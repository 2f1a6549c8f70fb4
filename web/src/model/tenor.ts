import type { Axis } from './plot';

export type TimeScale = 'log' | 'linear';

const DAYS = [0.25, 0.5, 1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730];
const LABEL = 34;
/** Nothing nearer is shown on a logarithmic axis: the last hours would take half of it. */
const NEAREST = 0.25;

/** Place of a time to expiry on the axis. */
export function placeOfDays(days: number, scale: TimeScale): number {
  return scale === 'log' ? Math.log10(Math.max(days, 1e-3)) : days;
}

export function daysAt(place: number, scale: TimeScale): number {
  return scale === 'log' ? 10 ** place : place;
}

/** "0.6", "12", "33": days with a decimal only where that says something. */
export function daysText(days: number): string {
  return days < 9.95 ? String(Number(days.toFixed(1))) : String(Math.round(days));
}

function labelled(scale: TimeScale, low: number, high: number, room: number): number[] {
  const places: number[] = [];
  for (const days of DAYS) {
    const place = placeOfDays(days, scale);
    if (place < low || place > high) continue;
    const before = places.at(-1);
    if (before === undefined || ((place - before) / (high - low)) * room >= LABEL) places.push(place);
  }
  return places;
}

/** Axis of days to expiry that has room for all of these. */
export function tenorAxis(days: readonly number[], scale: TimeScale): Axis {
  const shown = scale === 'log' ? days.filter((one) => one >= NEAREST) : days;
  const used = shown.length === 0 ? days : shown;
  const low = Math.min(...used);
  const high = Math.max(...used);
  const range: [number, number] =
    used.length === 0 ? [0, 1]
    : scale === 'log' ? [placeOfDays(low / 1.25, scale), placeOfDays(high * 1.25, scale)]
    : [Math.min(0, low) - high * 0.02, high * 1.03];
  return {
    label: scale === 'log' ? 'Days to expiry (log)' : 'Days to expiry',
    range,
    text: (place) => daysText(daysAt(place, scale)),
    full: (place) => `${daysText(daysAt(place, scale))} d`,
    places: (from, to, room) => labelled(scale, from, to, room),
  };
}
