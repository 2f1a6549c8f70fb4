import type { Millis } from '../format/units';
import { sortField } from '../model/fields';
import { type Filter, matcher } from '../model/filter';
import { type Contract, Roster } from '../model/roster';
import { Sequence } from '../model/sequence';
import { type Order, sorted } from '../model/sort';
import { type ChannelMessage, tickersChannel } from '../net/protocol';
import type { Channels, Follower } from './channels';

/** Shortest time between two orders of the rows, ms: they keep their places meanwhile. */
export const REORDER_MS = 1_000;

/** So long after the user touched the rows they keep their places, ms. */
export const CALM_MS = 1_500;

/** What may be chosen from. */
export interface Listed {
  readonly expiry: string;
  readonly deliveredAt: Millis;
  readonly contracts: number;
}

/** When something is drawn. */
export interface Moment {
  /** A clock that only runs forward, ms. */
  readonly at: number;
  /** The server's time. */
  readonly now: Millis;
}

/** Follows the channel of one coin. */
class CoinFollower implements Follower {
  readonly #sequence = new Sequence();
  loaded = false;

  constructor(
    private readonly coin: string,
    private readonly roster: Roster,
    private readonly changed: (whole: boolean) => void,
  ) {}

  take(message: ChannelMessage): boolean {
    if (message.type === 'snapshot') {
      this.#sequence.snapshot(message.seq);
      this.roster.replace(this.coin, message.data);
      this.loaded = true;
      this.changed(true);
      return true;
    }
    if (message.type !== 'delta') return true;
    const verdict = this.#sequence.delta(message.seq);
    if (verdict !== 'apply') return verdict === 'skip';
    const complete = this.roster.apply(message.data, message.removed);
    this.changed(false);
    if (!complete) this.#sequence.reset();
    return complete;
  }

  distrust(): void {
    this.#sequence.reset();
  }
}

/**
 * The contracts of one or all coins, filtered and in order.
 *
 * Messages only change the roster. `publish`, called once a frame, brings the rows into order again: at once
 * when contracts came or left, else at most once a second and not while the user is busy with the rows.
 */
export class ContractsState {
  /** Contracts that pass the filter, in order. */
  rows: readonly Contract[] = $state.raw([]);
  /** Contracts there are. */
  total: number = $state.raw(0);
  expiries: readonly Listed[] = $state.raw([]);
  settles: readonly string[] = $state.raw([]);
  /** True once every coin's contracts have arrived. */
  loaded: boolean = $state.raw(false);

  readonly roster = new Roster();
  readonly #channels: Channels;
  readonly #followed = new Map<string, { readonly follower: CoinFollower; readonly leave: () => void }>();
  #filter: Filter | null = null;
  #order: Order<string> | null = null;
  #listed: readonly Contract[] | null = null;
  #orderedAt = -REORDER_MS;
  #touchedAt = -CALM_MS;
  #stale = true;
  #whole = true;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** Follows these coins and no others. */
  watch(coins: readonly string[]): void {
    for (const [coin, { leave }] of this.#followed) {
      if (coins.includes(coin)) continue;
      leave();
      this.#followed.delete(coin);
      this.roster.drop(coin);
      this.#stale = true;
    }
    for (const coin of coins) {
      if (this.#followed.has(coin)) continue;
      const follower = new CoinFollower(coin, this.roster, (whole) => {
        this.#stale = true;
        this.#whole ||= whole;
      });
      this.#followed.set(coin, { follower, leave: this.#channels.follow(tickersChannel(coin), follower) });
    }
  }

  /** What is to be shown from now on; the rows follow at once. */
  choose(filter: Filter, order: Order<string> | null, moment: Moment): void {
    this.#filter = filter;
    this.#order = order;
    this.#arrange(moment);
  }

  /** The user is busy with the rows: they keep their places for a while. */
  touch(at: number): void {
    this.#touchedAt = at;
  }

  /** Brings the rows up to date where it is time; the answer says whether changed values may flash. */
  publish(moment: Moment): boolean {
    const flash = !this.#whole;
    const came = this.roster.listed() !== this.#listed;
    const { at } = moment;
    const due = this.#stale && at - this.#orderedAt >= REORDER_MS && at - this.#touchedAt >= CALM_MS;
    if (came || due || this.#whole) this.#arrange(moment);
    this.#whole = false;
    return flash;
  }

  #arrange({ at, now }: Moment): void {
    if (this.#filter === null) return;
    const listed = this.roster.listed();
    if (listed !== this.#listed) this.#survey(listed);
    const found = listed.filter(matcher(this.#filter, now));
    const field = this.#order === null ? undefined : sortField(this.#order.key);
    const rows = field === undefined ? found : sorted(found, field.value, this.#order?.down ?? false);
    if (!sameItems(rows, this.rows)) this.rows = rows;
    this.loaded = [...this.#followed.values()].every(({ follower }) => follower.loaded);
    this.#orderedAt = at;
    this.#stale = false;
  }

  #survey(listed: readonly Contract[]): void {
    const expiries = new Map<string, { expiry: string; deliveredAt: Millis; contracts: number }>();
    const settles = new Set<string>();
    for (const { ticker, deliveredAt } of listed) {
      const known = expiries.get(ticker.expiry) ?? { expiry: ticker.expiry, deliveredAt, contracts: 0 };
      known.contracts += 1;
      expiries.set(ticker.expiry, known);
      settles.add(ticker.settle);
    }
    this.#listed = listed;
    this.total = listed.length;
    this.expiries = [...expiries.values()].sort((a, b) => a.deliveredAt - b.deliveredAt);
    this.settles = [...settles].sort().reverse();
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
