import { optionalNumber } from '../net/checks';
import type { Rest } from '../net/rest';
import { Query } from './query.svelte';

/** Time between two answers, ms: these figures move slowly, and are computed only when asked for. */
const EVERY_MS = 15_000;

/** The figures of a whole coin that the header of its chain shows. */
export class Outlook {
  readonly #query: Query<number | null>;

  constructor(rest: Pick<Rest, 'read'>) {
    this.#query = new Query({
      rest,
      parse: (answer) => optionalNumber(answer['volatility_index'], 'volatility_index'),
      every: EVERY_MS,
    });
  }

  /** Index of volatility over 30 days, per cent a year. */
  get volatilityIndex(): number | null {
    return this.#query.value;
  }

  watch(underlying: string | null): void {
    this.#query.ask(underlying === null ? null : `/analytics/${underlying}/summary`);
  }

  stop(): void {
    this.#query.stop();
  }
}
