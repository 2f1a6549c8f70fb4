import { expect, it } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { SystemStatus } from '../../../src/model/system';
import {
  HISTORY_POINTS,
  HISTORY_SPAN,
  type Point,
  pointOf,
  rateOf,
  type Sample,
  withPoint,
  withSample,
} from '../../../src/model/system-samples';
import { parseObject } from '../../../src/net/checks';
import { systemStatusOf } from '../../../src/net/status';
import example from '../../../../tests/data/api/status.json?raw';

const STATUS = systemStatusOf(parseObject(example));

function sample(at: number, received: number, uptime = at / 1_000): Sample {
  return { at: at as Millis, status: { ...STATUS, uptime, messages: { ...STATUS.messages, received } } };
}

function fold(samples: readonly Sample[]): readonly Sample[] {
  return samples.reduce<readonly Sample[]>(withSample, []);
}

const received = (status: SystemStatus): number => status.messages.received;

it('tells no rate before there are two samples', () => {
  expect(rateOf([], received)).toBeNull();
  expect(rateOf(fold([sample(1_000, 5)]), received)).toBeNull();
});

it('tells the growth a second over the last seconds, and forgets older ones', () => {
  const recent = fold(Array.from({ length: 30 }, (_, index) => sample(index * 1_000, index < 20 ? 0 : (index - 19) * 100)));
  expect(rateOf(recent, received)).toBe(100);
  expect(recent.length).toBeLessThan(8);
});

it('starts anew when the system did', () => {
  const recent = fold([sample(1_000, 500, 100), sample(2_000, 600, 101), sample(3_000, 7, 0.5)]);
  expect(recent).toHaveLength(1);
  expect(rateOf(recent, received)).toBeNull();
});

it('tells no rate of what has gone back or is not there', () => {
  const recent = fold([sample(1_000, 500), sample(2_000, 400)]);
  expect(rateOf(recent, received)).toBeNull();
  expect(rateOf(recent, () => null)).toBeNull();
});

function point(at: number): Point {
  const found = pointOf([sample(at, 0)]);
  if (found === null) throw new Error('no point');
  return found;
}

it('keeps ten minutes and not more, however often it is fed', () => {
  let history: readonly Point[] = [];
  for (let at = 0; at <= 2 * HISTORY_SPAN; at += 500) history = withPoint(history, point(at));
  expect(history.length).toBe(HISTORY_POINTS);
  history = withPoint([point(0), point(1_000)], point(HISTORY_SPAN + 1_000));
  expect(history[0]?.at).toBe(1_000);
});

it('breaks the lines where nobody looked', () => {
  const history = withPoint([point(1_000)], point(60_000));
  expect(history.map((one) => [one.at, one.lag.p50 === null])).toEqual([
    [1_000, STATUS.lag.p50 === null],
    [1_001, true],
    [60_000, STATUS.lag.p50 === null],
  ]);
});

it('takes each moment once and starts anew when the clock was set back', () => {
  const history = withPoint(withPoint([point(5_000)], point(6_000)), point(6_000));
  expect(history.map((one) => one.at)).toEqual([5_000, 6_000]);
  expect(withPoint(history, point(2_000)).map((one) => one.at)).toEqual([2_000]);
});
