import type { Iv, Level, Millis, Size, Strike } from '../format/units';
import type { Expiry } from '../model/expiry';
import {
  listOf,
  numberOf,
  objectOf,
  optionalNumber,
  optionalText,
  parseObject,
  ProtocolError,
  textOf,
} from './checks';
import type { Fields } from './checks';

/** The server can't be reached, or answered with an error of its own. */
export class Unreachable extends Error {}

/** The server does not know what was asked for. */
export class Refused extends Error {}

/** The server wants a token, or another one. */
export class Unauthorised extends Error {}

export interface Underlying {
  readonly underlying: string;
  readonly indexPrice: Level | null;
  /** Change of the index as a fraction, and since when: 24 hours ago, or later where the server has not run as long. */
  readonly change: number | null;
  readonly changeSince: Millis | null;
  /** Units of the underlying. */
  readonly openInterest: Size | null;
  readonly volume: Size | null;
  /** Puts divided by calls. */
  readonly putCallOpenInterest: number | null;
  readonly putCallVolume: number | null;
}

/** Figures of the server for the line at the foot of the page; absent where it does not tell. */
export interface Status {
  readonly version: string | null;
  /** Host of the option stream, with its port where it has one. */
  readonly exchange: string | null;
  readonly listed: number | null;
  readonly live: number | null;
  readonly polled: number | null;
  readonly lagP95: number | null;
  /** Age of the newest data from the exchange over all connections, s. */
  readonly exchangeAge: number | null;
}

const TIMEOUT_MS = 8_000;
/** A file may be of the whole board, and made by a process that has to start first. */
const FILE_TIMEOUT_MS = 120_000;

type Take<T> = (response: Response) => Promise<T>;

const inText: Take<string> = (response) => response.text();

/** Reads the REST answers the dashboard needs. */
export class Rest {
  constructor(
    private readonly base: string,
    private readonly token: () => string | null,
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  async underlyings(): Promise<Underlying[]> {
    const answer = await this.read('/underlyings');
    // One without contracts was stopped, or is about to be listed: there is nothing to show of it.
    const shown = rows(answer).filter((row) => row['contracts'] !== 0);
    return shown.map(underlyingOf);
  }

  async expiries(underlying: string): Promise<Expiry[]> {
    const answer = await this.read(`/expiries?underlying=${encodeURIComponent(underlying)}`);
    return rows(answer).map(expiryOf);
  }

  async status(): Promise<Status> {
    return statusOf(await this.read('/status'));
  }

  /**
   * One answer of the interface, by its path below the base.
   *
   * Rejects with Unreachable, Unauthorised or Refused.
   */
  async read(path: string): Promise<Fields> {
    return parseObject(await this.#ask(path, { cache: 'no-cache' }, inText));
  }

  /** Where an answer is found, for a link that the browser follows by itself. */
  address(path: string): string {
    return this.base + path;
  }

  /** One answer as a file of some other form than JSON; rejects as `read` does. */
  async file(path: string): Promise<Blob> {
    return this.#ask(path, { cache: 'no-cache' }, (response) => response.blob(), FILE_TIMEOUT_MS);
  }

  /** Carries out a change; rejects as `read` does. */
  async write(method: 'PUT' | 'DELETE', path: string, body?: Fields): Promise<Fields> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return parseObject(await this.#ask(path, { method, ...sent }, inText));
  }

  async #ask<T>(path: string, request: RequestInit, take: Take<T>, timeout = TIMEOUT_MS): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    const token = this.token();
    if (token !== null) headers['Authorization'] = `Bearer ${token}`;
    let response: Response;
    let reason: string;
    try {
      const signal = AbortSignal.timeout(timeout);
      response = await this.fetcher(this.base + path, { ...request, headers, signal });
      if (response.ok) return await take(response);
      reason = await response.text();
    } catch (error) {
      // fetch reports every network failure as a TypeError and the time limit as a DOMException.
      if (error instanceof TypeError || error instanceof DOMException) throw new Unreachable(path);
      throw error;
    }
    if (response.status === 401) throw new Unauthorised(path);
    // 501 is the answer to a format that this server has not been given the means to make.
    if (response.status < 500 || response.status === 501) throw new Refused(reasonOf(reason) ?? path);
    throw new Unreachable(`${path} answered ${response.status}`);
  }
}

/** What a problem document says. */
function reasonOf(body: string): string | null {
  try {
    return optionalText(parseObject(body)['detail'], 'detail');
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function rows(answer: Fields): Fields[] {
  return listOf(answer['data'], 'data').map((row) => objectOf(row, 'row'));
}

function underlyingOf(row: Fields): Underlying {
  const number = (name: string): number | null => optionalNumber(row[name], name);
  const since = optionalText(row['index_change_since_at'], 'index_change_since_at');
  return {
    underlying: textOf(row['underlying'], 'underlying'),
    indexPrice: number('index_price') as Level | null,
    change: number('index_change'),
    changeSince: since === null ? null : instantOf(since, 'index_change_since_at'),
    openInterest: number('open_interest') as Size | null,
    volume: number('volume_24h') as Size | null,
    putCallOpenInterest: number('put_call_ratio_open_interest'),
    putCallVolume: number('put_call_ratio_volume'),
  };
}

function instantOf(text: string, where: string): Millis {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new ProtocolError(`${where} is not a time`);
  return at as Millis;
}

function expiryOf(row: Fields): Expiry {
  return {
    expiry: textOf(row['expiry'], 'expiry'),
    at: instantOf(textOf(row['expiry_at'], 'expiry_at'), 'expiry_at'),
    contracts: optionalNumber(row['contracts'], 'contracts'),
    atmStrike: optionalNumber(row['atm_strike'], 'atm_strike') as Strike | null,
    atmIv: optionalNumber(row['atm_iv'], 'atm_iv') as Iv | null,
    forward: optionalNumber(row['forward'], 'forward') as Level | null,
    live: optionalNumber(row['live'], 'live'),
    polled: optionalNumber(row['polled'], 'polled'),
    tick: optionalNumber(row['tick_size'], 'tick_size'),
  };
}

function statusOf(answer: Fields): Status {
  const contracts = section(answer['contracts']);
  const lag = section(answer['lag_ms']);
  return {
    version: optionalText(answer['version'], 'version'),
    exchange: optionalText(answer['exchange'], 'exchange'),
    listed: optionalNumber(contracts['listed'], 'listed'),
    live: optionalNumber(contracts['live'], 'live'),
    polled: optionalNumber(contracts['polled'], 'polled'),
    lagP95: optionalNumber(lag['p95'], 'p95'),
    exchangeAge: newestAge(answer['connections']),
  };
}

function section(value: unknown): Fields {
  return value === undefined || value === null ? {} : objectOf(value, 'section');
}

/** Age of the newest data over all connections, s; `null` while none has brought any. */
export function newestAge(connections: unknown): number | null {
  if (connections === undefined || connections === null) return null;
  const ages = listOf(connections, 'connections')
    .map((connection) => objectOf(connection, 'connection')['last_data_age_s'])
    .filter((age) => age !== null && age !== undefined)
    .map((age) => numberOf(age, 'last_data_age_s'));
  return ages.length === 0 ? null : Math.min(...ages);
}
