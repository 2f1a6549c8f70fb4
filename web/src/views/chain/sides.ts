import type { Kind } from '../../model/ticker';

/** Which halves of a chain are on screen: at least one. */
export interface Sides {
  readonly call: boolean;
  readonly put: boolean;
}

/**
 * Halves to show: the one that the filter wants, else both; where there is room for one only, the one that was
 * chosen last.
 */
export function sidesFor(single: boolean, wanted: Kind | null, chosen: Kind): Sides {
  const only = wanted ?? (single ? chosen : null);
  return { call: only !== 'put', put: only !== 'call' };
}

/** The half that a marker can stand on: its own, or the one there is. */
export function halfOf(sides: Sides, kind: Kind): Kind {
  return sides[kind] ? kind : kind === 'call' ? 'put' : 'call';
}
