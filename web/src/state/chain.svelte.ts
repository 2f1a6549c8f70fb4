import { decimalsOf } from '../format/number';
import type { Iv, Level, Millis, Strike } from '../format/units';
import { nextAtm } from '../model/atm';
import { Book, type Effect, type Scale, strikeIv } from '../model/book';
import { buildRows, type Row, settleCoins } from '../model/chain';
import { Sequence } from '../model/sequence';
import type { ChannelMessage, Delta, Snapshot } from '../net/protocol';
import type { Follower } from './channels';

/** Cells to draw: those of the touched contracts, and whether a change may flash. */
export interface Drawing {
  readonly symbols: ReadonlySet<string>;
  readonly flash: boolean;
}

/**
 * The chain on screen.
 *
 * Messages only change the book and mark what they touched; `publish`, called once a frame, moves the
 * result to the reactive fields and tells which cells to draw.
 */
export class ChainState implements Follower {
  rows: readonly Row[] = $state.raw([]);
  settles: readonly string[] = $state.raw([]);
  settle: string = $state.raw('USDT');
  forward: Level | null = $state.raw(null);
  index: Level | null = $state.raw(null);
  atm: Strike | null = $state.raw(null);
  atmIv: Iv | null = $state.raw(null);
  newest: Millis | null = $state.raw(null);
  allStale: boolean = $state.raw(false);
  /** True once a snapshot has arrived for the chosen channel. */
  loaded: boolean = $state.raw(false);

  /** Done once a first snapshot has come. */
  readonly arrived: Promise<void>;
  readonly book = new Book();
  #tell: () => void = () => undefined;
  readonly #sequence = new Sequence();
  #channel: string | null = null;
  #dirty = new Set<string>();
  #structural = false;
  #flash = true;
  #scale: Scale | null = null;

  constructor() {
    this.arrived = new Promise((resolve) => (this.#tell = resolve));
  }

  get channel(): string | null {
    return this.#channel;
  }

  /** Empties the chain and waits for the snapshot of another channel. */
  watch(channel: string | null): void {
    this.#channel = channel;
    this.#sequence.reset();
    this.book.clear();
    this.loaded = false;
    this.atm = null;
    this.#structural = true;
    this.publish();
  }

  /** The numbers no longer follow: deltas wait for the next snapshot, what is shown stays. */
  distrust(): void {
    this.#sequence.reset();
  }

  take(message: ChannelMessage): boolean {
    if (message.type === 'snapshot') this.snapshot(message);
    return message.type === 'delta' ? this.delta(message) : true;
  }

  snapshot(message: Snapshot): void {
    if (message.channel !== this.#channel) return;
    this.#sequence.snapshot(message.seq);
    this.#take(this.book.replace(message.data));
    this.#flash = false;
    this.loaded = true;
    this.#tell();
  }

  /** False when data is missing and the channel must be asked for again. */
  delta(message: Delta): boolean {
    if (message.channel !== this.#channel) return true;
    const verdict = this.#sequence.delta(message.seq);
    if (verdict !== 'apply') return verdict === 'skip';
    const effect = this.book.apply(message.data, message.removed);
    this.#take(effect);
    if (effect.incomplete) this.#sequence.reset();
    return !effect.incomplete;
  }

  /** The exchange's price step says with how many decimals quotes print. */
  step(tick: number | null | undefined): void {
    this.book.leastDecimals = decimalsOf(tick ?? 1);
  }

  /** Shows the contracts of another settle coin. */
  choose(settle: string): void {
    if (settle === this.settle) return;
    this.settle = settle;
    this.#structural = true;
    this.publish();
  }

  /** Moves what messages changed to the screen's state; returns the cells to draw. */
  publish(): Drawing {
    if (this.#structural) {
      this.settles = settleCoins(this.book.tickers());
      const settle = this.settles.includes(this.settle) ? this.settle : (this.settles[0] ?? this.settle);
      this.rows = buildRows(this.book.tickers(), settle);
    }
    this.#publishLevels();
    const drawing = { symbols: this.#drawn(), flash: this.#flash };
    this.#dirty = new Set();
    this.#structural = false;
    this.#flash = true;
    return drawing;
  }

  #take(effect: Effect): void {
    for (const symbol of effect.touched) this.#dirty.add(symbol);
    this.#structural ||= effect.structural;
  }

  #publishLevels(): void {
    const { book } = this;
    this.forward = book.forward;
    this.index = book.index;
    this.newest = book.newest;
    this.allStale = book.allStale();
    const strikes = this.rows.map((row) => row.strike);
    this.atm = book.forward === null ? null : nextAtm(strikes, book.forward, this.atm);
    this.atmIv = strikeIv(book, this.atm, this.settle);
  }

  #drawn(): ReadonlySet<string> {
    const scale = this.book.scale;
    const same = JSON.stringify(scale) === JSON.stringify(this.#scale);
    this.#scale = scale;
    // Other decimals change the text of every cell.
    return same ? this.#dirty : new Set([...this.book.tickers()].map((ticker) => ticker.symbol));
  }
}
