import type { Level, Strike } from '../format/units';

/** Share of the distance between two strikes by which the forward must pass their middle before ATM moves. */
const MARGIN = 0.1;

/** Strike nearest the forward; the lower one where two are equally near. `strikes` ascend. */
export function nearestStrike(strikes: readonly Strike[], forward: Level): Strike | null {
  let best: Strike | null = null;
  for (const strike of strikes) {
    if (best === null || Math.abs(strike - forward) < Math.abs(best - forward)) best = strike;
  }
  return best;
}

/** The at-the-money strike, given the one shown now: it stays until the forward is clearly nearer another. */
export function nextAtm(
  strikes: readonly Strike[],
  forward: Level,
  current: Strike | null,
): Strike | null {
  const nearest = nearestStrike(strikes, forward);
  if (nearest === null || current === null || !strikes.includes(current)) return nearest;
  const lead = Math.abs(current - forward) - Math.abs(nearest - forward);
  return lead > 2 * MARGIN * Math.abs(current - nearest) ? nearest : current;
}
