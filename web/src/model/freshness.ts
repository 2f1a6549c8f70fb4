/** Whether the page has a working connection to the server. */
export type Link = 'connecting' | 'open' | 'lost';

export type Freshness = 'Waiting' | 'Live' | 'Delayed' | 'Stale' | 'Disconnected';

/** Data up to this age is live, in ms. */
export const LIVE_WITHIN = 10_000;

/** Data up to this age is delayed, beyond it stale, in ms. Longer than one poll of the quiet contracts. */
export const DELAYED_WITHIN = 60_000;

/**
 * State shown to the user, judged by the age of the data and not by the connection alone: a connection
 * that carries only heartbeats is stale all the same.
 */
export function freshness(link: Link, age: number | null, allStale: boolean): Freshness {
  if (link === 'lost') return 'Disconnected';
  if (age === null) return 'Waiting';
  if (allStale || age > DELAYED_WITHIN) return 'Stale';
  return age > LIVE_WITHIN ? 'Delayed' : 'Live';
}
