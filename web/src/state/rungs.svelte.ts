import type { Strike } from '../format/units';
import { Book } from '../model/book';
import type { Ticker } from '../model/ticker';
import { listOf } from '../net/checks';
import { tickerOf } from '../net/protocol';
import type { Rest } from '../net/rest';
import type { Drawing } from './chain.svelte';
import { Query } from './query.svelte';

/** Time between two answers, ms. */
const EVERY_MS = 1_000;

/** One strike over all expiries, read once a second while it is on screen. */
export class Ladder {
  readonly book = new Book();
  readonly query: Query<readonly Ticker[]>;
  #fresh = true;

  constructor(rest: Pick<Rest, 'read'>) {
    this.query = new Query({
      rest,
      parse: (answer) => listOf(answer['data'], 'data').map(tickerOf),
      every: EVERY_MS,
    });
  }

  ask(underlying: string | null, strike: Strike, settle: string): void {
    const query = new URLSearchParams({
      underlying: underlying ?? '',
      min_strike: `${strike}`,
      max_strike: `${strike}`,
      settle,
    });
    this.#fresh = true;
    this.query.ask(underlying === null ? null : `/tickers?${query}`);
  }

  /** Takes the latest answer into the book; returns the cells to draw. The first answer does not flash. */
  publish(): Drawing {
    const gone = [...this.book.tickers()].map((ticker) => ticker.symbol);
    const { touched } = this.book.replace(this.query.value ?? []);
    const flash = !this.#fresh;
    this.#fresh = this.query.value === null;
    return { symbols: new Set([...touched, ...gone]), flash };
  }
}
