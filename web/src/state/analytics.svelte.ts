import type {
  GammaExposure,
  History,
  MaxPain,
  NetGreeks,
  OpenInterest,
  RealisedVolatility,
  Skew,
  Smile,
  Surface,
  TermStructure,
  VolatilityIndex,
  VolatilityRank,
} from '../model/analytics';
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

/** What the volatility page shows. */
export class VolatilityFigures {
  readonly smiles: Smiles;
  readonly term: Live<TermStructure>;
  readonly skew: Live<Skew>;
  readonly surface: Live<Surface>;
  readonly index: Live<VolatilityIndex>;
  readonly rank: Live<VolatilityRank>;
  readonly realised: Live<RealisedVolatility>;
  readonly history: Live<History>;

  constructor(source: Source) {
    this.smiles = new Smiles(source);
    this.term = new Live(source, termStructureOf, OFTEN);
    this.skew = new Live(source, skewOf, OFTEN);
    this.surface = new Live(source, surfaceOf, SURFACE);
    this.index = new Live(source, volatilityIndexOf, OFTEN);
    this.rank = new Live(source, volatilityRankOf, SELDOM);
    this.realised = new Live(source, realisedVolatilityOf, SELDOM);
    this.history = new Live(source, historyOf, SELDOM);
  }

  /** Shows a coin; `past` names the field of the history. */
  ask(coin: string | null, past: string): void {
    const path = (name: string): string | null => (coin === null ? null : pathOf(coin, name));
    this.term.ask(path('term-structure'));
    this.skew.ask(path('skew'));
    this.surface.ask(path('surface'));
    this.index.ask(path('volatility-index'));
    this.rank.ask(path('volatility-rank'));
    this.realised.ask(path('realised-volatility'));
    this.history.ask(coin === null ? null : pathOf(coin, 'history', { field: past }));
  }

  stop(): void {
    const { smiles, term, skew, surface, index, rank, realised, history } = this;
    for (const one of [smiles, term, skew, surface, index, rank, realised, history]) one.stop();
  }
}

/** What the positioning page shows. */
export class PositioningFigures {
  readonly interest: Live<OpenInterest>;
  /** Open interest of every expiry, whatever is chosen. */
  readonly whole: Live<OpenInterest>;
  readonly pain: Live<MaxPain>;
  readonly gamma: Live<GammaExposure>;
  readonly greeks: Live<NetGreeks>;

  constructor(source: Source) {
    this.interest = new Live(source, openInterestOf, OFTEN);
    this.whole = new Live(source, openInterestOf, SURFACE);
    this.pain = new Live(source, maxPainOf, SURFACE);
    this.gamma = new Live(source, gammaExposureOf, OFTEN);
    this.greeks = new Live(source, netGreeksOf, OFTEN);
  }

  /** Shows a coin, all of it or one expiry; max pain and greeks always come for every expiry. */
  ask(coin: string | null, expiry: string | null): void {
    const query: Record<string, string> = expiry === null ? {} : { expiry };
    const path = (name: string): string | null => (coin === null ? null : pathOf(coin, name, query));
    this.interest.ask(path('open-interest'));
    this.gamma.ask(path('gamma-exposure'));
    this.greeks.ask(coin === null ? null : pathOf(coin, 'net-greeks'));
    this.pain.ask(coin === null ? null : pathOf(coin, 'max-pain'));
    this.whole.ask(coin === null ? null : pathOf(coin, 'open-interest'));
  }

  stop(): void {
    for (const one of [this.interest, this.whole, this.pain, this.gamma, this.greeks]) one.stop();
  }
}
