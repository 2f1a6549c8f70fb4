import { describe, expect, it, vi } from 'vitest';
import { age, clockTime, countdown, dayTime, expiryDate, shortAge, timeLeft } from '../../../src/format/time';
import type { Millis } from '../../../src/format/units';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('timeLeft', () => {
  it.each([
    [89.8 * DAY, '89d'],
    [48 * HOUR, '2d'],
    [48 * HOUR - 1, '47h'],
    [HOUR, '1h'],
    [HOUR - 1, '59m'],
    [1, '1m'],
    [0, 'expired'],
    [-5, 'expired'],
  ])('of %d ms is %s', (ms, text) => {
    expect(timeLeft(ms)).toBe(text);
  });
});

describe('countdown', () => {
  it.each([
    [DAY * 95 + HOUR * 19, '95d 19h'],
    [HOUR * 19 + MINUTE * 6, '19h 06m'],
    [MINUTE * 59 + 5_000, '59m 05s'],
    [0, 'expired'],
  ])('of %d ms is %s', (ms, text) => {
    expect(countdown(ms)).toBe(text);
  });
});

describe('age', () => {
  it.each([
    [0, '<1 s'],
    [1_000, '1 s'],
    [119_999, '119 s'],
    [2 * MINUTE, '2 min'],
    [2 * HOUR, '2 h'],
    [3 * DAY, '3 d'],
  ])('of %d ms is %s', (ms, text) => {
    expect(age(ms)).toBe(text);
  });
});

describe('shortAge', () => {
  it.each([
    [0, '0s'],
    [MINUTE - 1, '59s'],
    [MINUTE, '1m'],
    [HOUR, '1h'],
    [2 * DAY - 1, '47h'],
    [2 * DAY, '2d'],
  ])('of %d ms is %s', (ms, text) => {
    expect(shortAge(ms)).toBe(text);
  });
});

describe('dates', () => {
  it('prints clock time in UTC', () => {
    expect(clockTime(Date.UTC(2026, 8, 26, 7, 3, 9) as Millis)).toBe('07:03:09');
  });

  it('prints times of the machine on request', () => {
    const at = Date.UTC(2026, 8, 26, 7, 3, 9) as Millis;
    const here = new Date(at);
    const hours = String(here.getHours()).padStart(2, '0');
    expect(clockTime(at, 'local').slice(0, 2)).toBe(hours);
    expect(dayTime(at, 'local')).toMatch(new RegExp(`^${here.getDate()} \\w{3} ${hours}:`));
    expect(dayTime(at)).toBe('26 Sep 07:03');
  });

  it('follows the zone of the machine, with its minutes', () => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-345);
    const at = Date.UTC(2026, 8, 26, 20, 30, 9) as Millis;
    expect([clockTime(at, 'local'), dayTime(at, 'local')]).toEqual(['02:15:09', '27 Sep 02:15']);
    vi.restoreAllMocks();
  });

  it('prints an expiry date for people', () => {
    expect(expiryDate('2026-12-05')).toBe('5 Dec 26');
  });

  it('leaves text alone that is no date', () => {
    expect(expiryDate('2026-13-05')).toBe('2026-13-05');
    expect(expiryDate('soon')).toBe('soon');
  });
});
