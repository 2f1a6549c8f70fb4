import { fixed, decimalsOf } from '../format/number';
import { expiryDate } from '../format/time';
import type { Millis } from '../format/units';
import { type Measure, MEASURES, type MeasureName } from './measure';
import type { Contract } from './roster';
import type { Params } from './route';
import { searcher } from './search';
import { type Kind, type Lane, tickerTime } from './ticker';

/** Bounds of one number, both inclusive. */
export interface Range {
  readonly min: number | null;
  readonly max: number | null;
}

/** Which contracts to show. Absent conditions are `null` or empty. */
export interface Filter {
  readonly search: string;
  readonly expiries: readonly string[];
  readonly kind: Kind | null;
  readonly settle: string | null;
  readonly lane: Lane | null;
  /** Only contracts with a bid and an ask. */
  readonly quoted: boolean;
  /** Only contracts whose data came within so many seconds. */
  readonly within: number | null;
  readonly ranges: Readonly<Partial<Record<MeasureName, Range>>>;
}

/** Changes of an address; `null` takes a setting out. */
export type Changes = Readonly<Record<string, string | null>>;

/** A condition in words, with the change of the address that lifts it. */
export interface Condition {
  readonly text: string;
  readonly lift: Changes;
}

const BOUNDS = MEASURES.flatMap(({ name }) => [`min_${name}`, `max_${name}`]);
const PLAIN = ['search', 'expiry', 'kind', 'settle', 'lane', 'quoted', 'updated_within'] as const;

/** Change of the address that lifts every condition. */
export const NO_FILTER: Changes = Object.fromEntries([...PLAIN, ...BOUNDS].map((name) => [name, null]));

function pick<T extends string>(value: string | undefined, allowed: readonly T[]): T | null {
  return allowed.find((one) => one === value) ?? null;
}

function numberIn(text: string | undefined): number | null {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** Reads the conditions of an address; what is malformed counts as absent. */
export function parseFilter(params: Params): Filter {
  const ranges: Partial<Record<MeasureName, Range>> = {};
  for (const { name } of MEASURES) {
    const min = numberIn(params[`min_${name}`]);
    const max = numberIn(params[`max_${name}`]);
    if (min !== null || max !== null) ranges[name] = { min, max };
  }
  return {
    search: params['search']?.trim() ?? '',
    expiries: (params['expiry'] ?? '').split(',').filter((one) => /^\d{4}-\d{2}-\d{2}$/.test(one)),
    kind: pick(params['kind'], ['call', 'put']),
    settle: /^[A-Z]{3,6}$/.exec(params['settle'] ?? '')?.[0] ?? null,
    lane: pick(params['lane'], ['live', 'polled']),
    quoted: params['quoted'] === '1',
    within: numberIn(params['updated_within']),
    ranges,
  };
}

type Test = (contract: Contract) => boolean;

/** A test for the contracts that meet every condition at a moment; an absent value meets no bounds. */
export function matcher(filter: Filter, now: Millis): Test {
  const tests: Test[] = [...termTests(filter), ...stateTests(filter, now)];
  for (const { name, value } of MEASURES) {
    const range = filter.ranges[name];
    if (range === undefined) continue;
    const [min, max] = [range.min ?? -Infinity, range.max ?? Infinity];
    tests.push((contract) => {
      const found = value(contract, now);
      return found !== null && found >= min && found <= max;
    });
  }
  return (contract) => tests.every((test) => test(contract));
}

/** Tests of what never changes about a contract. */
function termTests({ expiries, kind, settle, search }: Filter): Test[] {
  const tests: Test[] = [];
  if (expiries.length > 0) tests.push(({ ticker }) => expiries.includes(ticker.expiry));
  if (kind !== null) tests.push(({ ticker }) => ticker.kind === kind);
  if (settle !== null) tests.push(({ ticker }) => ticker.settle === settle);
  if (search !== '') {
    const finds = searcher(search);
    tests.push(({ words }) => finds(words));
  }
  return tests;
}

function stateTests({ lane, quoted, within }: Filter, now: Millis): Test[] {
  const tests: Test[] = [];
  if (lane !== null) tests.push(({ ticker }) => ticker.lane === lane);
  if (quoted) tests.push(({ ticker }) => ticker.bid_price !== null && ticker.ask_price !== null);
  if (within !== null) {
    const since = now - within * 1_000;
    tests.push(({ ticker }) => (tickerTime(ticker) ?? -Infinity) >= since);
  }
  return tests;
}

/** Every condition in words, in the order of the controls. */
export function conditions(filter: Filter): Condition[] {
  const { search, expiries, kind, settle, lane, quoted, within, ranges } = filter;
  const found: Condition[] = [];
  const add = (text: string, ...names: string[]): void => {
    found.push({ text, lift: Object.fromEntries(names.map((name) => [name, null])) });
  };
  if (search !== '') add(`“${search}”`, 'search');
  if (expiries.length > 0) add(expiries.map(expiryDate).join(', '), 'expiry');
  if (kind !== null) add(kind === 'call' ? 'Calls' : 'Puts', 'kind');
  if (settle !== null) add(settle, 'settle');
  if (lane !== null) add(`${lane} lane`, 'lane');
  if (quoted) add('Bid and ask', 'quoted');
  if (within !== null) add(`Updated within ${within} s`, 'updated_within');
  for (const measure of MEASURES) {
    const range = ranges[measure.name];
    if (range !== undefined) add(`${measure.label} ${rangeText(measure, range)}`, `min_${measure.name}`, `max_${measure.name}`);
  }
  return found;
}

function rangeText(measure: Measure, { min, max }: Range): string {
  const unit = measure.percent ? '%' : '';
  if (min === null) return `≤ ${boundText(measure, max)}${unit}`;
  if (max === null) return `≥ ${boundText(measure, min)}${unit}`;
  return `${boundText(measure, min)}–${boundText(measure, max)}${unit}`;
}

function boundText(measure: Measure, bound: number | null): string {
  const value = shownBound(measure, bound);
  return value === null ? '' : fixed(value, decimalsOf(value));
}

/** A bound as people write it. */
export function shownBound(measure: Measure, bound: number | null): number | null {
  if (bound === null) return null;
  return measure.percent ? Number((bound * 100).toPrecision(12)) : bound;
}

/** What a bound that somebody wrote is in the address; `null` for none or one that can't be read. */
export function writtenBound(measure: Measure, text: string): string | null {
  const value = numberIn(text.replaceAll(',', ''));
  if (value === null) return null;
  return String(measure.percent ? Number((value / 100).toPrecision(12)) : value);
}
