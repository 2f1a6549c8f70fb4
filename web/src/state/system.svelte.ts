import type { Millis } from '../format/units';
import type { Gap, SystemStatus } from '../model/system';
import type { Efficiency } from '../model/system-efficiency';
import { type Point, pointOf, type Sample, withPoint, withSample } from '../model/system-samples';
import { ProtocolError } from '../net/checks';
import { efficiencyOf } from '../net/efficiency';
import { type ChannelMessage, STATUS_CHANNEL } from '../net/protocol';
import { gapsOf, systemStatusOf } from '../net/status';
import type { Follower } from './channels';
import type { Dashboard } from './dashboard.svelte';
import { Query } from './query.svelte';

const EVERY_MS = 10_000;
const GAPS_PATH = '/gaps?limit=100';

/** What the page needs of the dashboard. */
export type Source = Pick<Dashboard, 'channels' | 'rest' | 'onFrame'>;

/**
 * The running system on screen: the newest status, the rates between statuses, and the last ten minutes.
 *
 * A message is only put down; `publish`, called once a frame, moves the result to the reactive fields.
 */
export class SystemState implements Follower {
  status: SystemStatus | null = $state.raw(null);
  /** When the server made it. */
  at: Millis | null = $state.raw(null);
  /** Samples that rates are made of, oldest first. */
  recent: readonly Sample[] = $state.raw([]);
  history: readonly Point[] = $state.raw([]);
  /** The server speaks of the system in a way that this page does not know. */
  unreadable: boolean = $state.raw(false);
  readonly efficiency: Query<Efficiency>;
  readonly gaps: Query<readonly Gap[]>;

  readonly #source: Source;
  #samples: readonly Sample[] = [];
  #points: readonly Point[] = [];
  #broken = false;

  constructor(source: Source) {
    this.#source = source;
    const { rest } = source;
    this.efficiency = new Query({ rest, parse: efficiencyOf, every: EVERY_MS });
    this.gaps = new Query({ rest, parse: gapsOf, every: EVERY_MS });
  }

  /** Follows the system while the page is open; the answer ends that. */
  attend(): () => void {
    const leave = this.#source.channels.follow(STATUS_CHANNEL, this);
    const rest = this.#source.onFrame(() => this.publish());
    this.efficiency.ask('/efficiency');
    this.gaps.ask(GAPS_PATH);
    return () => {
      leave();
      rest();
      this.efficiency.stop();
      this.gaps.stop();
    };
  }

  take(message: ChannelMessage): boolean {
    if (message.type !== 'whole') return true;
    try {
      this.#keep({ at: message.ts, status: systemStatusOf(message.data) });
      this.#broken = false;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#broken = true;
    }
    return true;
  }

  /** Every message is whole, so none depends on the one before. */
  distrust(): void {}

  publish(): void {
    const newest = this.#samples.at(-1);
    this.unreadable = this.#broken;
    this.recent = this.#samples;
    this.history = this.#points;
    this.status = newest?.status ?? null;
    this.at = newest?.at ?? null;
  }

  #keep(sample: Sample): void {
    this.#samples = withSample(this.#samples, sample);
    const point = pointOf(this.#samples);
    if (point !== null) this.#points = withPoint(this.#points, point);
  }
}

const states = new WeakMap<Source, SystemState>();

/** The one of a dashboard: its history outlives a look at another page. */
export function systemState(source: Source): SystemState {
  const known = states.get(source);
  if (known !== undefined) return known;
  const made = new SystemState(source);
  states.set(source, made);
  return made;
}
