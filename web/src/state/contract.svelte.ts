import type { Millis } from '../format/units';
import { Book, type Scale } from '../model/book';
import { Sequence } from '../model/sequence';
import { deliveryOf, termsOf } from '../model/symbol';
import { tickerTime, type Ticker } from '../model/ticker';
import type { Lines } from '../model/course';
import { Track } from '../model/track';
import type { Trade } from '../model/trade';
import { pinsOf, tickerChannel, tradesOf } from '../net/contract';
import type { ChannelMessage } from '../net/protocol';
import { Refused, type Rest, Unauthorised, Unreachable } from '../net/rest';
import type { Channels, Follower } from './channels';
import { Query } from './query.svelte';

/** Points kept for the charts, and the shortest time between two, ms. */
const POINTS = 1_200;
const SHORTEST_MS = 250;
const TRADES = 20;

/** What the charts show, as columns of the track. */
const MARK = 0;
const BID = 1;
const ASK = 2;
const MARK_IV = 3;
const FORWARD = 4;
const VALUES = 5;

/** What the contract's state needs of the dashboard. */
export interface ContractSources {
  readonly rest: Pick<Rest, 'read' | 'write'>;
  readonly channels: Pick<Channels, 'follow' | 'ask'>;
  /** True once the user gave a token. */
  readonly tokenGiven: () => boolean;
}

/** How the charts' values went since the contract was opened. */
export interface Course {
  readonly prices: Lines;
  readonly iv: Lines;
  readonly forward: Lines;
}

/** Why there is nothing to show. */
export type Absence = 'loading' | 'unknown' | 'expired' | null;

const NO_TOKEN =
  'Pinning is a change, and this server takes none without a token. Set VOLTAPE_API_TOKEN where voltape runs, ' +
  'start it again, and give the token when this page asks for it.';
const WRONG_TOKEN = 'The server does not accept the token of this page. Reload the page and give the right one.';
const NOT_REACHED = 'The server did not answer, so nothing was changed. Try again in a moment.';

/** One contract that is open, with what came since. */
export class ContractState implements Follower {
  symbol: string | null = $state.raw(null);
  ticker: Ticker | null = $state.raw(null);
  course: Course = $state.raw({ prices: [], iv: [], forward: [] });
  /** When the charts began. */
  since: Millis | null = $state.raw(null);
  pinBusy: boolean = $state.raw(false);
  /** Why the last change of the pin came to nothing, in a sentence. */
  pinProblem: string | null = $state.raw(null);

  readonly trades: Query<readonly Trade[]>;
  readonly #pins: Query<readonly string[]>;
  /** Asked while the channel is silent: it tells why, and when the contract is there. */
  readonly #lookup: Query<boolean>;
  readonly #sources: ContractSources;
  readonly #book = new Book();
  readonly #sequence = new Sequence();
  readonly #track = new Track(VALUES, POINTS, SHORTEST_MS);
  #leave: (() => void) | null = null;
  #changed = false;
  /** Newest time in the charts; they need not follow faster than points come. */
  #drawnAt = 0;
  #left: boolean = $state.raw(false);

  constructor(sources: ContractSources) {
    const { rest } = sources;
    this.#sources = sources;
    this.trades = new Query({ rest, parse: tradesOf, every: 5_000 });
    this.#pins = new Query({ rest, parse: pinsOf, every: 30_000 });
    this.#lookup = new Query({ rest, parse: () => this.#found(), every: 5_000 });
  }

  readonly pinned = $derived.by((): boolean | null =>
    this.symbol === null ? null : (this.#pins.value?.includes(this.symbol) ?? null),
  );

  /** Decimals that its prices have shown. */
  get scale(): Scale {
    return this.#book.scale;
  }

  /** Why it was refused, in the server's words. */
  readonly reason = $derived.by((): string | null => this.#lookup.reason);

  absence(now: Millis): Absence {
    if (this.ticker !== null && !this.#left) return null;
    const terms = termsOf(this.symbol ?? '');
    if (terms !== null && deliveryOf(terms.expiry) <= now) return 'expired';
    if (this.#lookup.outcome === 'refused') return 'unknown';
    return this.ticker === null ? 'loading' : null;
  }

  /** Opens a contract, or none. */
  watch(symbol: string | null): void {
    if (symbol === this.symbol) return;
    this.#leave?.();
    this.#leave = null;
    this.symbol = symbol;
    this.#forget();
    if (symbol === null) {
      for (const query of [this.trades, this.#pins, this.#lookup]) query.stop();
      return;
    }
    const name = encodeURIComponent(symbol);
    this.#leave = this.#sources.channels.follow(tickerChannel(symbol), this);
    this.#lookup.ask(`/tickers/${name}`);
    this.trades.ask(`/trades?symbol=${name}&limit=${TRADES}`);
    this.#pins.ask('/pins');
  }

  take(message: ChannelMessage): boolean {
    if (this.symbol === null || message.channel !== tickerChannel(this.symbol)) return true;
    if (message.type === 'snapshot') {
      this.#sequence.snapshot(message.seq);
      this.#book.replace(message.data);
      this.#note(message.ts);
    }
    return message.type === 'delta' ? this.#delta(message) : true;
  }

  distrust(): void {
    this.#sequence.reset();
    this.#track.break();
  }

  /** Moves what messages changed to the screen. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const ticker = this.symbol === null ? undefined : this.#book.get(this.symbol);
    this.#left = ticker === undefined;
    if (ticker === undefined) return;
    this.ticker = ticker;
    this.#draw();
  }

  /** Pins the contract or lets go of it; what goes wrong becomes `pinProblem`. */
  async togglePin(): Promise<void> {
    const { symbol } = this;
    if (symbol === null || this.pinBusy) return;
    if (!this.#sources.tokenGiven()) {
      this.pinProblem = NO_TOKEN;
      return;
    }
    this.pinBusy = true;
    const problem = await this.#writePin(symbol, this.pinned === true ? 'DELETE' : 'PUT');
    this.pinBusy = false;
    if (symbol !== this.symbol) return;
    this.pinProblem = problem;
    await this.#pins.refresh();
  }

  async #writePin(symbol: string, method: 'PUT' | 'DELETE'): Promise<string | null> {
    try {
      await this.#sources.rest.write(method, `/pins/${encodeURIComponent(symbol)}`);
      return null;
    } catch (error) {
      if (error instanceof Unauthorised) return WRONG_TOKEN;
      if (error instanceof Unreachable) return NOT_REACHED;
      if (error instanceof Refused) return `The server refused it: ${error.message}.`;
      throw error;
    }
  }

  #delta(message: ChannelMessage & { type: 'delta' }): boolean {
    const verdict = this.#sequence.delta(message.seq);
    if (verdict !== 'apply') return verdict === 'skip';
    const effect = this.#book.apply(message.data, message.removed);
    this.#note(message.ts);
    if (effect.incomplete) this.#sequence.reset();
    return !effect.incomplete;
  }

  #note(at: Millis): void {
    this.#changed = true;
    const ticker = this.symbol === null ? undefined : this.#book.get(this.symbol);
    if (ticker === undefined) {
      this.#track.break();
      if (this.symbol !== null) this.#lookup.ask(`/tickers/${encodeURIComponent(this.symbol)}`);
      return;
    }
    this.#lookup.stop();
    const { mark_price: mark, bid_price: bid, ask_price: ask, mark_iv: iv, underlying_price: forward } = ticker;
    this.#track.push(tickerTime(ticker) ?? at, [mark, bid, ask, iv, forward]);
  }

  #draw(): void {
    const track = this.#track;
    const { newest } = track;
    if (newest === null || newest === this.#drawnAt) return;
    this.#drawnAt = newest;
    this.since ??= newest as Millis;
    this.course = {
      prices: track.lines(BID, MARK, ASK),
      iv: track.lines(MARK_IV),
      forward: track.lines(FORWARD),
    };
  }

  /** The contract is there after all, while the channel was refused before that. */
  #found(): boolean {
    if (this.symbol !== null && !this.#book.get(this.symbol)) this.#sources.channels.ask(tickerChannel(this.symbol));
    return true;
  }

  #forget(): void {
    this.#sequence.reset();
    this.#book.clear();
    this.#track.clear();
    this.#drawnAt = 0;
    this.#changed = false;
    this.#left = false;
    this.ticker = null;
    this.since = null;
    this.pinProblem = null;
    this.course = { prices: [], iv: [], forward: [] };
  }
}
