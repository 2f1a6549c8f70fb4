import { decimalsOf } from '../format/number';
import type { Level, Millis } from '../format/units';
import { type Scale, scaleAt, wholeTicker } from './book';
import { searchWords } from './search';
import type { Ticker, TickerChange } from './ticker';

/** One contract of the roster. Its ticker changes in place, so that no copy is made of each message. */
export interface Contract {
  readonly ticker: Ticker;
  /** Instant of delivery. */
  readonly deliveredAt: Millis;
  /** Rises whenever a value changes. */
  readonly version: number;
  /** What a search may find it by. */
  readonly words: readonly string[];
}

interface Entry extends Contract {
  version: number;
}

/** What is known of a coin beside its contracts. */
interface Coin {
  scale: Scale;
  level: Level | null;
}

/** Latest tickers of all contracts of some coins. */
export class Roster {
  readonly #entries = new Map<string, Entry>();
  readonly #coins = new Map<string, Coin>();
  #listed: readonly Contract[] | null = null;

  get size(): number {
    return this.#entries.size;
  }

  get(symbol: string): Contract | undefined {
    return this.#entries.get(symbol);
  }

  /** Decimals to print a coin's contracts with; the same object until they change. */
  scale(coin: string): Scale {
    return this.#coin(coin).scale;
  }

  /** Price of a coin, as its contracts last told. */
  level(coin: string): Level | null {
    return this.#coin(coin).level;
  }

  /** All contracts by coin, expiry, strike, settle coin, calls before puts; the same list until one comes or leaves. */
  listed(): readonly Contract[] {
    this.#listed ??= [...this.#entries.values()].sort(inNaturalOrder);
    return this.#listed;
  }

  /** Replaces a coin's contracts by those of a snapshot. */
  replace(coin: string, tickers: readonly Ticker[]): void {
    const left = new Set(this.#of(coin));
    for (const ticker of tickers) {
      left.delete(ticker.symbol);
      this.#store(ticker);
    }
    for (const symbol of left) this.#remove(symbol);
  }

  /** Merges changed values; false when one is of a contract that is not known: data is missing. */
  apply(changes: readonly TickerChange[], removed: readonly string[]): boolean {
    for (const symbol of removed) this.#remove(symbol);
    let complete = true;
    for (const change of changes) {
      const whole = this.#entries.has(change.symbol) ? change : wholeTicker(change);
      if (whole === null) complete = false;
      else this.#store(whole);
    }
    return complete;
  }

  /** Forgets a coin. */
  drop(coin: string): void {
    for (const symbol of this.#of(coin)) this.#remove(symbol);
    this.#coins.delete(coin);
  }

  #of(coin: string): string[] {
    return [...this.#entries.values()]
      .filter(({ ticker }) => ticker.underlying === coin)
      .map(({ ticker }) => ticker.symbol);
  }

  #remove(symbol: string): void {
    if (this.#entries.delete(symbol)) this.#listed = null;
  }

  /** `change` is a whole ticker where the contract is not known yet. */
  #store(change: TickerChange): void {
    let entry = this.#entries.get(change.symbol);
    if (entry === undefined) {
      entry = entryOf({ ...(change as Ticker) });
      this.#entries.set(change.symbol, entry);
      this.#listed = null;
    } else {
      Object.assign(entry.ticker, change);
      entry.version += 1;
    }
    this.#learn(this.#coin(entry.ticker.underlying), change);
  }

  #learn(coin: Coin, { index_price, bid_price, ask_price, last_price }: TickerChange): void {
    let decimals = coin.scale.quote;
    for (const quote of [bid_price, ask_price, last_price]) {
      if (quote != null && !isWhole(quote * 10 ** decimals)) decimals = Math.max(decimals, decimalsOf(quote));
    }
    coin.level = index_price ?? coin.level;
    const scale = scaleAt(coin.level, decimals);
    if (scale.quote !== coin.scale.quote || scale.greek !== coin.scale.greek) coin.scale = scale;
  }

  #coin(name: string): Coin {
    let coin = this.#coins.get(name);
    if (coin === undefined) {
      coin = { scale: scaleAt(null, 0), level: null };
      this.#coins.set(name, coin);
    }
    return coin;
  }
}

/** Binary fractions miss decimal ones by a little, in proportion to their size. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-11 * Math.max(1, Math.abs(value));
}

function entryOf(ticker: Ticker): Entry {
  const deliveredAt = Date.parse(ticker.expiry_at) as Millis;
  return { ticker, deliveredAt, version: 0, words: searchWords(ticker) };
}

function inNaturalOrder(a: Contract, b: Contract): number {
  const [x, y] = [a.ticker, b.ticker];
  return (
    compare(x.underlying, y.underlying) ||
    a.deliveredAt - b.deliveredAt ||
    x.strike - y.strike ||
    compare(x.settle, y.settle) ||
    compare(x.kind, y.kind)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
