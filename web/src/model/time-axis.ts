import { inZone, type Zone } from '../format/time';
import type { Millis } from '../format/units';
import type { Axis } from './plot';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 5, 15, 30].map((one) => one * SECOND),
  ...[1, 2, 5, 15, 30].map((one) => one * MINUTE),
  ...[1, 2, 6, 12].map((one) => one * HOUR),
  ...[1, 2, 7, 14, 30, 60, 90, 180].map((one) => one * DAY),
];
const LABEL = 74;

/** A moment as files have it, "2026-11-22 12:03", with seconds where they are not zero. */
export function stamp(at: number, zone: Zone): string {
  return inZone(at as Millis, zone).toISOString().slice(0, 19).replace('T', ' ').replace(/(:\d\d):00$/, '$1');
}

/** Heading of a column of such moments. */
export function timeLabel(zone: Zone): string {
  return `Time, ${zone === 'utc' ? 'UTC' : 'local'}`;
}

/** Instants in the order of time, over `least` ms at the least; labels are dates at midnight, else clock times. */
export function timeAxis(instants: readonly number[], zone: Zone, least = HOUR): Axis {
  const low = instants[0] ?? 0;
  const high = Math.max(instants.at(-1) ?? 0, low + least);
  return {
    label: timeLabel(zone),
    range: [low, high],
    text: (at) => stamp(at, zone).replace(/^\d+-(\d+-\d+) 00:00$/, '$1').replace(/^.* /, ''),
    full: (at) => stamp(Math.round(at / SECOND) * SECOND, zone),
    places: (from, to, room) => places(from, to, room, zone),
  };
}

/** Round moments of the zone's clock. */
function places(low: number, high: number, room: number, zone: Zone): number[] {
  const most = Math.max(2, room / LABEL);
  const step = STEPS.find((one) => (high - low) / one <= most) ?? 365 * DAY;
  const shift = inZone(low as Millis, zone).getTime() - low;
  const found: number[] = [];
  for (let at = Math.ceil((low + shift) / step) * step - shift; at <= high; at += step) found.push(at);
  return found;
}
