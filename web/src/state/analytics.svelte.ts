import type { Smile } from '../model/analytics';
import {
  gammaExposureOf,
  historyOf,
  maxPainOf,
  netGreeksOf,
  openInterestOf,
  realisedVolatilityOf,
  skewOf,
  smileOf,
  surfaceOf,
  termStructureOf,
  volatilityIndexOf,
  volatilityRankOf,
} from '../net/analytics';
import type { Fields } from '../net/checks';
import type { Rest } from '../net/rest';
import { type Outcome, Query } from './query.svelte';

/** Time between two answers, ms: as often as the server computes them anew. */
const OFTEN = 2_000;
const SURFACE = 5_000;
const SELDOM = 30_000;

/** What the figures are read through, and whether they hold still. */
export interface Source {
  readonly rest: Pick<Rest, 'read'>;
  readonly paused: () => boolean;
}

/** One answer kept up to date; while paused it holds still, but another question is answered. */
export class Live<T> {
  readonly #query: Query<T>;
  #held: T | null = null;
  readonly #paused: () => boolean;

  constructor(source: Source, parse: (answer: Fields) => T, every: number) {
    this.#query = new Query({ rest: source.rest, parse, every });
    this.#paused = source.paused;
  }

  get value(): T | null {
    const { value } = this.#query;
    if (value === null || this.#held === null || !this.#paused()) this.#held = value;
    return this.#held;
  }

  get outcome(): Outcome {
    return this.#query.outcome;
  }

  /** Why there is nothing to show, in a sentence; `null` while there is something. */
  get empty(): string | null {
    if (this.value !== null) return null;
    const { outcome, reason } = this.#query;
    if (outcome === 'waiting') return 'Waiting for the first figures.';
    if (outcome === 'refused') return `The server has no such figures${reason === null ? '.' : `: ${reason}.`}`;
    if (outcome === 'unauthorised') return 'The server wants a token.';
    return 'The server cannot be reached. This goes on by itself.';
  }

  ask(path: string | null): void {
    this.#query.ask(path);
  }

  stop(): void {
    this.#query.stop();
  }
}

function pathOf(coin: string, name: string, query: Readonly<Record<string, string>> = {}): string {
  const asked = new URLSearchParams(query).toString();
  return `/analytics/${encodeURIComponent(coin)}/${name}${asked === '' ? '' : `?${asked}`}`;
}

/** Smiles of several expiries at once. */
export class Smiles {
  #slots: ReadonlyMap<string, Live<Smile>> = $state.raw(new Map());
  readonly #source: Source;
  #coin: string | null = null;

  constructor(source: Source) {
    this.#source = source;
  }

  /** In the order asked for, those that have been read. */
  get values(): Smile[] {
    return [...this.#slots.values()].flatMap((slot) => (slot.value === null ? [] : [slot.value]));
  }

  /** Why the first of them is missing. */
  get empty(): string | null {
    if (this.values.length > 0) return null;
    const first = [...this.#slots.values()][0];
    return first === undefined ? 'Choose an expiry.' : first.empty;
  }

  ask(coin: string | null, expiries: readonly string[]): void {
    const before = coin === this.#coin ? this.#slots : new Map<string, Live<Smile>>();
    for (const [expiry, slot] of this.#slots) {
      if (coin !== this.#coin || !expiries.includes(expiry)) slot.stop();
    }
    this.#coin = coin;
    const wanted = coin === null ? [] : expiries;
    this.#slots = new Map(wanted.map((expiry) => [expiry, before.get(expiry) ?? this.#open(expiry)]));
  }

  stop(): void {
    this.ask(null, []);
  }

  #open(expiry: string): Live<Smile> {
    const slot = new Live(this.#source, smileOf, OFTEN);
    slot.ask(pathOf(this.#coin ?? '', 'smile', { expiry }));
    return slot;
  }
}

/** Several answers about one coin, each kept up to date. */
class Answers {
  readonly #source: Source;
  readonly #lives: { readonly name: string; readonly live: Live<unknown> }[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  /** One more, by its name in the server's addresses. */
  protected live<T>(name: string, parse: (answer: Fields) => T, every: number): Live<T> {
    const live = new Live(this.#source, parse, every);
    this.#lives.push({ name, live });
    return live;
  }

  /** Asks about a coin, or none; `query` belongs to some of the answers. */
  protected askAll(coin: string | null, query: (live: Live<unknown>) => Readonly<Record<string, string>>): void {
    for (const { name, live } of this.#lives) live.ask(coin === null ? null : pathOf(coin, name, query(live)));
  }

  stop(): void {
    for (const { live } of this.#lives) live.stop();
  }
}

/** What the volatility page shows. */
export class VolatilityFigures extends Answers {
  readonly smiles: Smiles;
  readonly term = this.live('term-structure', termStructureOf, OFTEN);
  readonly skew = this.live('skew', skewOf, OFTEN);
  readonly surface = this.live('surface', surfaceOf, SURFACE);
  readonly index = this.live('volatility-index', volatilityIndexOf, OFTEN);
  readonly rank = this.live('volatility-rank', volatilityRankOf, SELDOM);
  readonly realised = this.live('realised-volatility', realisedVolatilityOf, SELDOM);
  readonly history = this.live('history', historyOf, SELDOM);

  constructor(source: Source) {
    super(source);
    this.smiles = new Smiles(source);
  }

  /** Shows a coin; `past` names the field of the history. */
  ask(coin: string | null, past: string): void {
    this.askAll(coin, (live) => (live === this.history ? { field: past } : {}));
  }

  override stop(): void {
    super.stop();
    this.smiles.stop();
  }
}

/** What the positioning page shows. */
export class PositioningFigures extends Answers {
  readonly interest = this.live('open-interest', openInterestOf, OFTEN);
  /** Open interest of every expiry, whatever is chosen. */
  readonly whole = this.live('open-interest', openInterestOf, SURFACE);
  readonly pain = this.live('max-pain', maxPainOf, SURFACE);
  readonly gamma = this.live('gamma-exposure', gammaExposureOf, OFTEN);
  readonly greeks = this.live('net-greeks', netGreeksOf, OFTEN);

  /** Shows a coin, all of it or one expiry; max pain and greeks always come for every expiry. */
  ask(coin: string | null, expiry: string | null): void {
    const ofOne: readonly Live<unknown>[] = [this.interest, this.gamma];
    this.askAll(coin, (live) => (expiry !== null && ofOne.includes(live) ? { expiry } : {}));
  }
}
