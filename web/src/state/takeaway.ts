import type { Millis } from '../format/units';
import { isSortKey } from '../model/fields';
import type { Contract } from '../model/roster';
import type { Params } from '../model/route';
import { parseOrder } from '../model/sort';
import { fileNameOf, filePath, fileText, type Format } from '../model/takeaway';
import { Refused, type Rest, Unauthorised, Unreachable } from '../net/rest';

/** The rows on screen, and the form in which they are wanted. */
export interface Wish {
  /** `null` for all coins. */
  readonly coin: string | null;
  readonly params: Params;
  readonly rows: readonly Contract[];
  readonly now: Millis;
  readonly format: Format;
}

/** A file, or why there is none. */
export type Taken =
  | { readonly failure: null; readonly content: Blob; readonly name: string }
  | { readonly failure: string };

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

/** Has the server make a file of the rows; where it does not know a condition, makes it of what is here. */
export async function takeAway(rest: Pick<Rest, 'file'>, wish: Wish): Promise<Taken> {
  const { coin, params, rows, now, format } = wish;
  const order = parseOrder(params['sort'], isSortKey);
  const path = filePath({ coin, params, order, symbols: rows.map(({ ticker }) => ticker.symbol) }, format);
  const name = fileNameOf(coin, format, now);
  try {
    if (path !== null) return { failure: null, content: await rest.file(path), name };
  } catch (error) {
    return { failure: reasonFor(error) };
  }
  if (format === 'parquet') {
    return { failure: 'The server has no filter like this one; a Parquet file of it needs 500 contracts or fewer.' };
  }
  const text = fileText(rows.map(({ ticker }) => ticker), format);
  return { failure: null, content: new Blob([text], { type: TYPES[format] }), name };
}

function reasonFor(error: unknown): string {
  if (error instanceof Refused) return `The server can't make this file: ${error.message}.`;
  if (error instanceof Unauthorised) return 'The server wants a valid token for this.';
  if (error instanceof Unreachable) return 'The server did not answer; try again.';
  throw error;
}
