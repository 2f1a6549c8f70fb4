import type { Millis } from '../format/units';
import type { Fields } from '../net/checks';
import { ProtocolError } from '../net/checks';
import { Refused, type Rest, Unauthorised, Unreachable } from '../net/rest';

/** What became of the latest answer. */
export type Outcome = 'waiting' | 'ok' | 'unreachable' | 'refused' | 'unauthorised';

export interface QueryOptions<T> {
  readonly rest: Pick<Rest, 'read'>;
  /** From an answer to what the page shows; may throw a ProtocolError. */
  readonly parse: (answer: Fields) => T;
  /** Time between two answers, ms. */
  readonly every: number;
}

/**
 * One answer of the interface, kept up to date while somebody looks.
 *
 * What was known stays on screen while the server is away, and goes when something else is asked for. An answer
 * that was overtaken by another question changes nothing.
 */
export class Query<T> {
  /** Latest answer to the present question; `null` before the first. */
  value: T | null = $state.raw(null);
  /** When that came, by this machine's clock. */
  at: Millis | null = $state.raw(null);
  outcome: Outcome = $state.raw('waiting');
  /** Why it was refused, in the server's words. */
  reason: string | null = $state.raw(null);

  readonly #options: QueryOptions<T>;
  #path: string | null = null;
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: QueryOptions<T>) {
    this.#options = options;
  }

  /** Asks for a path now and then at intervals; `null` asks no more. */
  ask(path: string | null): void {
    if (path === this.#path) return;
    this.#path = path;
    this.value = null;
    this.at = null;
    this.outcome = 'waiting';
    this.reason = null;
    void this.refresh();
  }

  /** Asks again at once. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const path = this.#path;
    if (path === null) return;
    const answer = await this.#read(path);
    if (round !== this.#round) return;
    this.#settle(answer);
    this.#timer = setTimeout(() => void this.refresh(), this.#options.every);
  }

  /** Ends it; what is known stays. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.#path = null;
  }

  #settle(answer: Answer<T>): void {
    this.outcome = answer.outcome;
    this.reason = answer.reason;
    if (answer.outcome === 'refused') this.value = null;
    if (answer.outcome !== 'ok') return;
    this.value = answer.value;
    this.at = Date.now() as Millis;
  }

  async #read(path: string): Promise<Answer<T>> {
    try {
      const value = this.#options.parse(await this.#options.rest.read(path));
      return { outcome: 'ok', value, reason: null };
    } catch (error) {
      if (error instanceof Refused) return { outcome: 'refused', reason: error.message };
      if (error instanceof Unauthorised) return { outcome: 'unauthorised', reason: null };
      if (error instanceof Unreachable || error instanceof ProtocolError) {
        return { outcome: 'unreachable', reason: null };
      }
      throw error;
    }
  }
}

type Answer<T> =
  | { readonly outcome: 'ok'; readonly value: T; readonly reason: null }
  | { readonly outcome: Exclude<Outcome, 'ok'>; readonly reason: string | null };
