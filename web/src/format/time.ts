import type { Millis } from './units';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Time to delivery in one unit: days from 48 hours on, then hours, then minutes. */
export function timeLeft(ms: number): string {
  if (ms <= 0) return 'expired';
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)}d`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.max(1, Math.floor(ms / MINUTE))}m`;
}

/** Time to delivery in two units, or minutes and seconds in the last hour. */
export function countdown(ms: number): string {
  if (ms <= 0) return 'expired';
  if (ms >= DAY) return `${Math.floor(ms / DAY)}d ${two(Math.floor((ms % DAY) / HOUR))}h`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h ${two(Math.floor((ms % HOUR) / MINUTE))}m`;
  return `${Math.floor(ms / MINUTE)}m ${two(Math.floor((ms % MINUTE) / SECOND))}s`;
}

/** How old something is; below one second it counts as fresh. */
export function age(ms: number): string {
  if (ms < SECOND) return '<1 s';
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** How old something is in at most four characters, "59s", "4m", "2h", "3d". */
export function shortAge(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)}h` : `${Math.floor(ms / DAY)}d`;
}

/** Whose clock times are told by. */
export type Zone = 'utc' | 'local';

/** The instant moved so that its UTC parts read as the clock of a zone. */
export function inZone(at: Millis, zone: Zone): Date {
  const shift = zone === 'utc' ? 0 : new Date(at).getTimezoneOffset() * MINUTE;
  return new Date(at - shift);
}

/** Clock time, "12:03:44"; in UTC unless another zone is given. */
export function clockTime(at: Millis, zone: Zone = 'utc'): string {
  return inZone(at, zone).toISOString().slice(11, 19);
}

/** Day and clock time without seconds, "22 Nov 12:03". */
export function dayTime(at: Millis, zone: Zone = 'utc'): string {
  const date = inZone(at, zone);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.toISOString().slice(11, 16)}`;
}

/** "2026-12-25" as "25 Dec 26"; text that is no such date is returned as it is. */
export function expiryDate(iso: string): string {
  const parts = /^\d{2}(\d{2})-(\d{2})-(\d{2})$/.exec(iso);
  const month = MONTHS[Number(parts?.[2]) - 1];
  if (parts === null || month === undefined) return iso;
  return `${Number(parts[3])} ${month} ${parts[1]}`;
}
