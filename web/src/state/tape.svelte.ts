import type { Gap } from '../model/system';
import { Sequence } from '../model/sequence';
import { largeFrom, type Print, Tape } from '../model/tape';
import { ProtocolError } from '../net/checks';
import { tradesOf } from '../net/contract';
import { type ChannelMessage, tradesChannel } from '../net/protocol';
import { gapsOf } from '../net/status';
import { Refused, type Rest, Unauthorised, Unreachable } from '../net/rest';
import type { Channels, Follower } from './channels';
import { Query } from './query.svelte';

/** Trades kept, and how many older ones are asked for at the start. */
const ROOM = 2_000;
const BACKFILL = 500;
const AGAIN_MS = 10_000;

export interface TapeSources {
  readonly rest: Pick<Rest, 'read'>;
  readonly channels: Pick<Channels, 'follow'>;
}

/** One coin's channel: its trades go to the tape, and where it begins anew, `again` asks for what came meanwhile. */
class CoinFollower implements Follower {
  readonly #sequence = new Sequence();
  readonly #channel: string;
  readonly #tape: Tape;
  readonly #again: () => void;
  /** True once the channel has begun. */
  #begun = false;

  constructor(coin: string, tape: Tape, again: () => void) {
    this.#channel = tradesChannel(coin);
    this.#tape = tape;
    this.#again = again;
  }

  take(message: ChannelMessage): boolean {
    if (message.type !== 'trades' || message.channel !== this.#channel) return true;
    if (message.latest) {
      this.#sequence.snapshot(message.seq);
      this.#tape.add(message.data);
      if (this.#begun) this.#again();
      this.#begun = true;
      return true;
    }
    const verdict = this.#sequence.delta(message.seq);
    // Events are good whatever is missing before them.
    this.#tape.add(message.data);
    return verdict !== 'gap';
  }

  distrust(): void {
    this.#sequence.reset();
  }
}

/** The trades of some coins as they come, and what is known of those that were missed. */
export class TapeState {
  /** Newest first. */
  prints: readonly Print[] = $state.raw([]);
  /** Notional from which on a trade is marked as large, US dollars. */
  large: number = $state.raw(Infinity);
  /** True once an answer to the first question has come, so that an empty tape is known to be one. */
  loaded: boolean = $state.raw(false);
  /** Why the server gives no trades, in its words. */
  refusal: string | null = $state.raw(null);

  readonly gaps: Query<readonly Gap[]>;
  readonly #sources: TapeSources;
  readonly #tape = new Tape(ROOM);
  readonly #leave = new Map<string, () => void>();
  readonly #retries = new Map<string, ReturnType<typeof setTimeout>>();
  #dirty = false;

  constructor(sources: TapeSources) {
    this.#sources = sources;
    this.gaps = new Query({ rest: sources.rest, parse: gapsOf, every: 30_000 });
  }

  /** Follows these coins and no others; the trades of another choice go. */
  watch(coins: readonly string[]): void {
    const same = coins.length === this.#leave.size && coins.every((coin) => this.#leave.has(coin));
    if (same) return;
    this.#end();
    this.#tape.clear();
    this.prints = [];
    this.loaded = false;
    this.refusal = null;
    this.gaps.ask('/gaps?limit=100');
    for (const coin of coins) this.#follow(coin);
  }

  stop(): void {
    this.#end();
    this.gaps.stop();
  }

  /** Moves new trades to the screen; called once a frame. */
  publish(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.prints = this.#tape.newestFirst();
    this.large = largeFrom(this.prints);
  }

  #follow(coin: string): void {
    const follower = new CoinFollower(coin, this.#tape, () => void this.#backfill(coin));
    const noted: Follower = {
      take: (message) => {
        this.#dirty = true;
        return follower.take(message);
      },
      distrust: () => follower.distrust(),
    };
    this.#leave.set(coin, this.#sources.channels.follow(tradesChannel(coin), noted));
    void this.#backfill(coin);
  }

  /** Asks for older trades; what goes wrong for a while is tried again. */
  async #backfill(coin: string): Promise<void> {
    clearTimeout(this.#retries.get(coin));
    const following = this.#leave.get(coin);
    const settled = await this.#read(coin, () => following === this.#leave.get(coin));
    if (settled || following !== this.#leave.get(coin)) return;
    this.#retries.set(coin, setTimeout(() => void this.#backfill(coin), AGAIN_MS));
  }

  async #read(coin: string, wanted: () => boolean): Promise<boolean> {
    try {
      const path = `/trades?underlying=${encodeURIComponent(coin)}&limit=${BACKFILL}`;
      const trades = tradesOf(await this.#sources.rest.read(path));
      if (!wanted()) return true;
      this.#tape.add(trades.toReversed());
      this.refusal = null;
    } catch (error) {
      const passing = error instanceof Unreachable || error instanceof Unauthorised || error instanceof ProtocolError;
      if (!(passing || error instanceof Refused)) throw error;
      if (wanted() && error instanceof Refused) this.refusal = error.message;
      return false;
    }
    this.loaded = true;
    this.#dirty = true;
    // A quiet tape has no message that would have it drawn.
    if (this.prints.length === 0) this.publish();
    return true;
  }

  #end(): void {
    for (const leave of this.#leave.values()) leave();
    for (const retry of this.#retries.values()) clearTimeout(retry);
    this.#leave.clear();
    this.#retries.clear();
  }
}
