import { describe, expect, it } from 'vitest';
import { age, clockTime, countdown, expiryDate, timeLeft } from '../../../src/format/time';
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

describe('dates', () => {
  it('prints clock time in UTC', () => {
    expect(clockTime(Date.UTC(2026, 8, 26, 7, 3, 9) as Millis)).toBe('07:03:09');
  });

  it('prints an expiry date for people', () => {
    expect(expiryDate('2026-12-05')).toBe('5 Dec 26');
  });

  it('leaves text alone that is no date', () => {
    expect(expiryDate('2026-13-05')).toBe('2026-13-05');
    expect(expiryDate('soon')).toBe('soon');
  });
});
