import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stamp, timeAxis } from '../../../src/model/time-axis';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function labels(instants: readonly number[], zone: 'utc' | 'local', room = 400): string[] {
  const axis = timeAxis(instants, zone);
  const [low, high] = axis.range ?? [0, 0];
  return (axis.places?.(low, high, room) ?? []).map((at) => axis.text(at));
}

it('labels days over weeks, hours within a day and seconds within a minute', () => {
  expect(labels([0, 20 * DAY], 'utc')).toContain('01-08');
  expect(labels([DAY, DAY + 8 * HOUR], 'utc')).toEqual(['01-02', '02:00', '04:00', '06:00', '08:00']);
  const axis = timeAxis([DAY, DAY + 60 * SECOND], 'utc', 60 * SECOND);
  expect(axis.places?.(DAY + HOUR, DAY + HOUR + 60 * SECOND, 260)?.map((at) => axis.text(at))).toEqual([
    '01:00',
    '01:00:30',
    '01:01',
  ]);
});

it('has a width even of one instant', () => {
  expect(timeAxis([5], 'utc', 60).range).toEqual([5, 65]);
});

it('tells files and readers the day and the time', () => {
  expect(stamp(DAY + 12 * HOUR, 'utc')).toBe('1970-01-02 12:00');
  expect(timeAxis([0, DAY], 'utc').full?.(DAY + 3_499)).toBe('1970-01-02 00:00:03');
});

/** Five and a half hours before UTC. */
const OFFSET = 330;

beforeEach(() => {
  vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-OFFSET);
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('follows the clock of the zone', () => {
  const local = timeAxis([DAY, 2 * DAY], 'local');
  expect(local.label).toBe('Time, local');
  expect(local.full?.(DAY)).toBe('1970-01-02 05:30');
  expect(labels([DAY, 2 * DAY], 'local', 300)).toEqual(['06:00', '12:00', '18:00', '01-03']);
});
