import type { Millis } from '../../format/units';
import type { Dashboard } from '../../state/dashboard.svelte';

const HALF_A_DAY = 43_200_000;

/** A moment in the zone of the user's choice, with the day only where that is not obvious. */
export function moment(dashboard: Pick<Dashboard, 'clock' | 'time' | 'dayTime'>, at: Millis): string {
  return Math.abs(dashboard.clock.now - at) < HALF_A_DAY ? dashboard.time(at) : dashboard.dayTime(at);
}
