import type { Book } from './book';
import type { Row } from './chain';
import type { Kind, Ticker } from './ticker';

/** Which strikes of a chain are wanted; `null` leaves a side of it open. */
export interface StrikeFilter {
  readonly kind: Kind | null;
  /** Bounds of the delta without its sign, so that one range means the same for calls and puts. */
  readonly minDelta: number | null;
  readonly maxDelta: number | null;
  /** Units of the underlying. */
  readonly minVolume: number | null;
  readonly minOpenInterest: number | null;
}

/** Changes of an address that take a filter away. */
export const NO_FILTER: Readonly<Record<string, null>> = {
  kind: null,
  delta: null,
  min_volume: null,
  min_oi: null,
};

/** A number that is not negative; `null` for any other text. */
export function boundOf(text: string | undefined): number | null {
  const typed = text?.trim() ?? '';
  return /^(\d+\.?\d*|\.\d+)$/.test(typed) ? Number(typed) : null;
}

/** Reads the filter of an address; what does not look right counts as left open. */
export function strikeFilterOf(params: Readonly<Record<string, string>>): StrikeFilter {
  const [from, to] = (params['delta'] ?? '').split('..', 2);
  const kind = params['kind'];
  return {
    kind: kind === 'call' || kind === 'put' ? kind : null,
    minDelta: boundOf(from),
    maxDelta: boundOf(to),
    minVolume: boundOf(params['min_volume']),
    minOpenInterest: boundOf(params['min_oi']),
  };
}

/** A range of delta as an address has it: `0.1..0.4`, one side may be open. */
export function deltaParam(from: number | null, to: number | null): string | null {
  return from === null && to === null ? null : `${from ?? ''}..${to ?? ''}`;
}

/** True where the filter takes rows away; one side only is a matter of columns. */
export function narrows(filter: StrikeFilter): boolean {
  return [filter.minDelta, filter.maxDelta, filter.minVolume, filter.minOpenInterest].some((one) => one !== null);
}

function within(value: number | null, from: number | null, to: number | null): boolean {
  if (from === null && to === null) return true;
  return value !== null && value >= (from ?? 0) && value <= (to ?? Number.POSITIVE_INFINITY);
}

/** Whether a contract is wanted; an absent value passes no bound on it. */
export function passes(ticker: Ticker, filter: StrikeFilter): boolean {
  const delta = ticker.delta === null ? null : Math.abs(ticker.delta);
  return (
    within(delta, filter.minDelta, filter.maxDelta) &&
    within(ticker.volume_24h, filter.minVolume, null) &&
    within(ticker.open_interest, filter.minOpenInterest, null)
  );
}

/** Rows with a wanted contract on a side that is shown; the very same rows where the filter takes none away. */
export function filterRows(rows: readonly Row[], book: Book, filter: StrikeFilter): readonly Row[] {
  if (!narrows(filter)) return rows;
  const wanted = (symbol: string | null): boolean => {
    const ticker = symbol === null ? undefined : book.get(symbol);
    return ticker !== undefined && passes(ticker, filter);
  };
  return rows.filter(
    (row) => (filter.kind !== 'put' && wanted(row.call)) || (filter.kind !== 'call' && wanted(row.put)),
  );
}

/** Half of a kept row that is only there because of the other one. */
export function failingHalf(row: Row, book: Book, filter: StrikeFilter): Kind | null {
  if (!narrows(filter)) return null;
  for (const kind of ['call', 'put'] as const) {
    const ticker = book.get(row[kind] ?? '');
    if (ticker !== undefined && !passes(ticker, filter)) return kind;
  }
  return null;
}

/** The filter in words, for the line that tells of it. */
export function filterWords(filter: StrikeFilter): string {
  const { minDelta, maxDelta, minVolume, minOpenInterest } = filter;
  const words: string[] = [];
  if (minDelta !== null && maxDelta !== null) words.push(`delta ${minDelta} to ${maxDelta}`);
  else if (minDelta !== null) words.push(`delta from ${minDelta}`);
  else if (maxDelta !== null) words.push(`delta up to ${maxDelta}`);
  if (minVolume !== null) words.push(`volume from ${minVolume}`);
  if (minOpenInterest !== null) words.push(`open interest from ${minOpenInterest}`);
  return words.join(', ');
}
