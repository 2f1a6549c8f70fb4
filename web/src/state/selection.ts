import type { Millis } from '../format/units';
import { activeExpiries, closestExpiry, type Expiry } from '../model/expiry';

/** Which expiry is on screen, and what became of the one that was asked for. */
export interface Selection {
  readonly expiry: string | null;
  readonly wantedIs: 'shown' | 'expired' | 'unlisted';
}

/** What the choice is made from: the address wins over what is remembered. */
export interface Wishes {
  readonly asked: string | null;
  readonly remembered: string | null;
}

function isPast(date: string, now: Millis): boolean {
  return Date.parse(`${date}T08:00:00Z`) <= now;
}

/**
 * Chooses the expiry to show. Before the list is known the wish is taken at its word, so that its data can be
 * asked for without waiting; an expiry that has passed gives way to its neighbour, one that is not listed
 * shows nothing.
 */
export function selectExpiry(
  expiries: readonly Expiry[] | null,
  wishes: Wishes,
  now: Millis,
): Selection {
  const { asked, remembered } = wishes;
  const asking = asked ?? remembered;
  if (expiries === null) {
    const hopeful = asking !== null && !isPast(asking, now) ? asking : null;
    return { expiry: hopeful, wantedIs: 'shown' };
  }
  const active = activeExpiries(expiries, now);
  const closest = closestExpiry(active, asking)?.expiry ?? null;
  if (asked === null || closest === asked || active.length === 0) return { expiry: closest, wantedIs: 'shown' };
  if (isPast(asked, now)) return { expiry: closest, wantedIs: 'expired' };
  return { expiry: null, wantedIs: 'unlisted' };
}
