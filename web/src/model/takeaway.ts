import type { Millis } from '../format/units';
import { csv } from './csv';
import { conditions, parseFilter } from './filter';
import type { Params } from './route';
import type { Order } from './sort';
import type { Ticker } from './ticker';

export type Format = 'csv' | 'ndjson' | 'parquet';

/** What is on screen, as far as a file of it depends on it. */
export interface Extract {
  /** `null` for all coins. */
  readonly coin: string | null;
  /** Settings of the address, with the filter among them. */
  readonly params: Params;
  readonly order: Order<string> | null;
  readonly symbols: readonly string[];
}

/** So many symbols the server takes in one request. */
const SYMBOLS_AT_MOST = 500;

/** Conditions that the server has under the same names. */
const SERVED =
  'expiry kind settle lane updated_within min_strike max_strike min_iv max_iv min_abs_delta max_abs_delta min_volume min_open_interest'.split(
    ' ',
  );

/** Orders that only the table knows. */
const UNSERVED_ORDERS: readonly string[] = ['spread_share', 'spread', 'left', 'age'];

/**
 * Path of the server's file with the rows on screen: by the same conditions where it knows them all, else by
 * name; `null` where neither is possible.
 */
export function filePath(extract: Extract, format: Format): string | null {
  const query = conditionQuery(extract) ?? symbolQuery(extract.symbols);
  if (query === null) return null;
  const { order } = extract;
  if (order !== null && !UNSERVED_ORDERS.includes(order.key)) query.set('sort', `${order.down ? '-' : ''}${order.key}`);
  query.set('format', format);
  return `/tickers?${query.toString()}`;
}

function symbolQuery(symbols: readonly string[]): URLSearchParams | null {
  const possible = symbols.length > 0 && symbols.length <= SYMBOLS_AT_MOST;
  return possible ? new URLSearchParams({ symbols: symbols.join(',') }) : null;
}

/** The conditions as the server has them; `null` where there is one that it does not know. */
function conditionQuery({ coin, params }: Extract): URLSearchParams | null {
  const names = conditions(parseFilter(params)).flatMap(({ lift }) => Object.keys(lift));
  const terms = names.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]]));
  const several = params['expiry']?.includes(',') === true;
  if (several || !terms.every(([name = '']) => SERVED.includes(name))) return null;
  return new URLSearchParams(coin === null ? terms : [['underlying', coin], ...terms]);
}

/** The rows as the server would write them, for conditions that it does not know. */
export function fileText(tickers: readonly Ticker[], format: 'csv' | 'ndjson'): string {
  if (format === 'ndjson') return tickers.map((ticker) => `${JSON.stringify(ticker)}\n`).join('');
  const fields = Object.keys(tickers[0] ?? {}) as (keyof Ticker)[];
  return csv([fields, ...tickers.map((ticker) => fields.map((field) => ticker[field]))]);
}

/** Name of a file, "voltape-contracts-BTC-2026-11-22T1412Z.csv". */
export function fileNameOf(coin: string | null, format: Format, now: Millis): string {
  const time = new Date(now).toISOString().slice(0, 16).replace(':', '');
  return ['voltape-contracts', coin, `${time}Z.${format}`].filter((part) => part !== null).join('-');
}
