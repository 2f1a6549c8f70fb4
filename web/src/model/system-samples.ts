import type { Millis } from '../format/units';
import type { Quantiles, SystemStatus } from './system';

/** A status with the time at which the server sent it. */
export interface Sample {
  readonly at: Millis;
  readonly status: SystemStatus;
}

/** What rates are over: long enough to be calm, short enough to follow, ms. */
export const RATE_WINDOW = 5_500;

/** The samples that rates are made of, with the newest; a system that started anew starts its counters anew. */
export function withSample(recent: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = recent.at(-1);
  const anew = last === undefined || sample.status.uptime < last.status.uptime || sample.at <= last.at;
  const kept = anew ? [] : recent.filter((one) => one.at >= sample.at - RATE_WINDOW);
  return [...kept, sample];
}

/** Growth of a counter per second over the samples; `null` while that can't be told. */
export function rateOf(
  recent: readonly Sample[],
  counter: (status: SystemStatus) => number | null | undefined,
): number | null {
  const first = recent[0];
  const last = recent.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  const from = counter(first.status) ?? null;
  const to = counter(last.status) ?? null;
  if (from === null || to === null || to < from) return null;
  return ((to - from) * 1_000) / (last.at - first.at);
}

/** What is remembered of one moment; everything is absent where nobody looked. */
export interface Point {
  readonly at: Millis;
  readonly lag: Quantiles;
  /** Messages of the exchange a second. */
  readonly messages: number | null;
  readonly cpu: ReadonlyMap<string, number | null>;
  readonly memory: ReadonlyMap<string, number | null>;
}

/** How far the history reaches back, ms, and how many points it has at most. */
export const HISTORY_SPAN = 600_000;
export const HISTORY_POINTS = 620;

/** Silence after which a line is broken, ms. */
const BROKEN_AFTER = 5_000;

/** The history with one more point; the oldest go. */
export function withPoint(history: readonly Point[], point: Point): readonly Point[] {
  const last = history.at(-1);
  if (last !== undefined && point.at <= last.at) return point.at < last.at ? [point] : history;
  const broken = last !== undefined && point.at - last.at > BROKEN_AFTER;
  const between = broken ? [blank((last.at + 1) as Millis)] : [];
  const reaching = history.filter((one) => one.at >= point.at - HISTORY_SPAN);
  return [...reaching, ...between, point].slice(-HISTORY_POINTS);
}

function blank(at: Millis): Point {
  return { at, lag: { p50: null, p95: null, p99: null }, messages: null, cpu: new Map(), memory: new Map() };
}

/** The point of the newest sample; `null` without one. */
export function pointOf(recent: readonly Sample[]): Point | null {
  const last = recent.at(-1);
  if (last === undefined) return null;
  const { roles, lag } = last.status;
  return {
    at: last.at,
    lag,
    messages: rateOf(recent, (status) => status.messages.received),
    cpu: new Map(roles.map((one) => [one.role, one.cpu])),
    memory: new Map(roles.map((one) => [one.role, one.memory])),
  };
}
