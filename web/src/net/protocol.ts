import type { Millis } from '../format/units';
import type { Ticker, TickerChange } from '../model/ticker';
import type { Trade } from '../model/trade';
import {
  type Check,
  type Fields,
  flag,
  listOf,
  numberOf,
  objectOf,
  oneOf,
  optionalNumber,
  optionalText,
  parseObject,
  ProtocolError,
  textOf,
} from './checks';
import { tradeOf } from './trade';

/** First message on a connection. */
export interface Hello {
  readonly type: 'hello';
  readonly ts: Millis | null;
  readonly version: string | null;
}

/** Full state of a channel; it replaces all that was known. */
export interface Snapshot {
  readonly type: 'snapshot';
  readonly channel: string;
  readonly seq: number;
  readonly ts: Millis;
  readonly data: readonly Ticker[];
}

/** Changed fields since the message before. */
export interface Delta {
  readonly type: 'delta';
  readonly channel: string;
  readonly seq: number;
  readonly ts: Millis;
  readonly data: readonly TickerChange[];
  readonly removed: readonly string[];
}

/** State of a channel that carries one object of its own, whole each time. */
export interface Whole {
  readonly type: 'whole';
  readonly channel: string;
  readonly ts: Millis;
  readonly data: Fields;
}

/** Trades of a channel, oldest first: the latest ones (`seq` starts anew), or those since the message before. */
export interface Trades {
  readonly type: 'trades';
  readonly channel: string;
  readonly seq: number;
  readonly ts: Millis;
  readonly latest: boolean;
  readonly data: readonly Trade[];
}

/** Sign of life while nothing changes. */
export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly ts: Millis;
}

/** The server may have missed data of the exchange, for a channel or (without one) for all. */
export interface Gap {
  readonly type: 'gap';
  readonly channel: string | null;
  readonly ts: Millis;
  readonly detail: string | null;
  readonly startedAt: Millis | null;
  /** Absent while it lasts. */
  readonly endedAt: Millis | null;
}

/** A request was refused. */
export interface StreamError {
  readonly type: 'error';
  readonly channel: string | null;
  readonly detail: string;
}

/** A kind of message newer than this page. */
export interface Unknown {
  readonly type: 'unknown';
}

/** What comes on a channel that was subscribed to. */
export type ChannelMessage = Snapshot | Delta | Whole | Trades;

export type ServerMessage = Hello | ChannelMessage | Heartbeat | Gap | StreamError | Unknown;

/** The channel of everything about the running system. */
export const STATUS_CHANNEL = 'status';

const lane: Check = (value, where) => (value === null ? null : oneOf('live', 'polled')(value, where));

/** Every field of a ticker with its check, in the order of the contract. */
const FIELDS: Readonly<Record<keyof Ticker, Check>> = {
  symbol: textOf,
  underlying: textOf,
  settle: textOf,
  expiry: textOf,
  expiry_at: textOf,
  days_to_expiry: optionalNumber,
  strike: numberOf,
  kind: oneOf('call', 'put'),
  bid_price: optionalNumber,
  bid_size: optionalNumber,
  bid_iv: optionalNumber,
  ask_price: optionalNumber,
  ask_size: optionalNumber,
  ask_iv: optionalNumber,
  last_price: optionalNumber,
  high_24h: optionalNumber,
  low_24h: optionalNumber,
  mark_price: optionalNumber,
  mark_iv: optionalNumber,
  index_price: optionalNumber,
  underlying_price: optionalNumber,
  open_interest: optionalNumber,
  volume_24h: optionalNumber,
  turnover_24h: optionalNumber,
  total_volume: optionalNumber,
  total_turnover: optionalNumber,
  delta: optionalNumber,
  gamma: optionalNumber,
  vega: optionalNumber,
  theta: optionalNumber,
  predicted_delivery_price: optionalNumber,
  change_24h: optionalNumber,
  ts_exchange: optionalNumber,
  ts_received: optionalNumber,
  lane,
  stale: flag,
};

/** Names of a ticker's fields in the order of the contract. */
export const TICKER_FIELDS = Object.keys(FIELDS) as readonly (keyof Ticker)[];

function checkOf(field: string): Check | undefined {
  return Object.hasOwn(FIELDS, field) ? FIELDS[field as keyof Ticker] : undefined;
}

/** Reads one whole ticker; fields that the page does not know are ignored. */
export function tickerOf(value: unknown): Ticker {
  const fields = objectOf(value, 'ticker');
  const checked: Record<string, unknown> = {};
  for (const field of TICKER_FIELDS) checked[field] = FIELDS[field](fields[field], field);
  return checked as unknown as Ticker;
}

function tickerChange(value: unknown): TickerChange {
  const fields = objectOf(value, 'change');
  const checked: Record<string, unknown> = { symbol: textOf(fields['symbol'], 'symbol') };
  for (const [field, found] of Object.entries(fields)) {
    const check = checkOf(field);
    if (check !== undefined) checked[field] = check(found, field);
  }
  return checked as unknown as TickerChange;
}

function millis(fields: Fields): Millis {
  return numberOf(fields['ts'], 'ts') as Millis;
}

function instant(value: unknown, where: string): Millis | null {
  const text = optionalText(value, where);
  if (text === null) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new ProtocolError(`${where} is not a time`);
  return at as Millis;
}

function numbered(fields: Fields): { channel: string; seq: number; ts: Millis } {
  return {
    channel: textOf(fields['channel'], 'channel'),
    seq: numberOf(fields['seq'], 'seq'),
    ts: millis(fields),
  };
}

function removedOf(fields: Fields): readonly string[] {
  const removed = fields['removed'];
  if (removed === undefined || removed === null) return [];
  return listOf(removed, 'removed').map((symbol) => textOf(symbol, 'removed'));
}

function snapshot(fields: Fields): Snapshot {
  const data = listOf(fields['data'], 'data').map(tickerOf);
  return { type: 'snapshot', ...numbered(fields), data };
}

function delta(fields: Fields): Delta {
  const data = listOf(fields['data'], 'data').map(tickerChange);
  return { type: 'delta', ...numbered(fields), data, removed: removedOf(fields) };
}

function ofChannel(fields: Fields, ofTickers: (fields: Fields) => Snapshot | Delta): ChannelMessage {
  const channel = textOf(fields['channel'], 'channel');
  if (channel === STATUS_CHANNEL || channel.startsWith('analytics.')) {
    return { type: 'whole', channel, ts: millis(fields), data: objectOf(fields['data'], 'data') };
  }
  if (!channel.startsWith('trades.')) return ofTickers(fields);
  const data = listOf(fields['data'], 'data').map(tradeOf);
  return { type: 'trades', ...numbered(fields), latest: fields['type'] === 'snapshot', data };
}

/**
 * Reads one message of the stream.
 *
 * Fields the page does not know are ignored, a message type it does not know becomes `unknown`; a known
 * field of the wrong kind is a {@link ProtocolError}.
 */
export function decode(text: string): ServerMessage {
  const fields = parseObject(text);
  switch (fields['type']) {
    case 'hello':
      return {
        type: 'hello',
        ts: optionalNumber(fields['ts'], 'ts') as Millis | null,
        version: optionalText(fields['version'], 'version'),
      };
    case 'snapshot':
      return ofChannel(fields, snapshot);
    case 'delta':
      return ofChannel(fields, delta);
    case 'heartbeat':
      return { type: 'heartbeat', ts: millis(fields) };
    case 'gap':
      return {
        type: 'gap',
        channel: optionalText(fields['channel'], 'channel'),
        ts: millis(fields),
        detail: optionalText(fields['detail'], 'detail'),
        startedAt: instant(fields['started_at'], 'started_at'),
        endedAt: instant(fields['ended_at'], 'ended_at'),
      };
    case 'error':
      return {
        type: 'error',
        channel: optionalText(fields['channel'], 'channel'),
        detail: optionalText(fields['detail'], 'detail') ?? 'no reason given',
      };
    default:
      return { type: 'unknown' };
  }
}

/** Request that starts or stops channels. */
export function encodeRequest(op: 'subscribe' | 'unsubscribe', channels: readonly string[]): string {
  return JSON.stringify({ op, channels });
}

/** Channel with both settle coins of one expiry. */
export function chainChannel(underlying: string, expiry: string): string {
  return `chain.${underlying}.${expiry}`;
}

/** Channel with all contracts of a coin. */
export function tickersChannel(underlying: string): string {
  return `tickers.${underlying}`;
}

/** Channel with the trades of a coin. */
export function tradesChannel(underlying: string): string {
  return `trades.${underlying}`;
}

/** Channel with the summary of a coin's analytics. */
export function analyticsChannel(underlying: string): string {
  return `analytics.${underlying}`;
}
