import { strike as strikeText } from '../format/number';
import { expiryDate } from '../format/time';
import type { Millis, Strike } from '../format/units';
import type { Kind } from './ticker';

/** What the name of a contract tells about it. */
export interface Terms {
  readonly underlying: string;
  /** "2026-12-25". */
  readonly expiry: string;
  readonly strike: Strike;
  readonly kind: Kind;
  readonly settle: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const SYMBOL = /^([A-Z0-9]{1,20})-(\d{1,2})([A-Z]{3})(\d{2})-(\d+(?:\.\d+)?)-([CP])(?:-([A-Z]{3,6}))?$/;
const MENTIONED = /[A-Z0-9]+-\d{1,2}[A-Z]{3}\d{2}-[\d.]+-[CP](?:-[A-Z]{3,6})?/g;

/** Contracts without a settle coin in their name are the older ones, settled in USDC. */
const UNNAMED_SETTLE = 'USDC';

/** Reads a contract's name, "BTC-25DEC26-110000-C-USDT"; `null` for what is none. */
export function termsOf(symbol: string): Terms | null {
  const parts = SYMBOL.exec(symbol);
  if (parts === null) return null;
  const [, underlying = '', day = '', name = '', year = '', strike = '', letter, settle] = parts;
  const month = MONTHS.indexOf(name) + 1;
  if (month === 0) return null;
  return {
    underlying,
    expiry: `20${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`,
    strike: Number(strike) as Strike,
    kind: letter === 'C' ? 'call' : 'put',
    settle: settle ?? UNNAMED_SETTLE,
  };
}

/** A contract in plain words, "BTC 110,000 call, 25 Dec 2026, USDT"; a name that can't be read stays as it is. */
export function plainName(symbol: string): string {
  const terms = termsOf(symbol);
  if (terms === null) return symbol;
  const { underlying, strike, kind, settle, expiry } = terms;
  return `${underlying} ${strikeText(strike)} ${kind}, ${longDate(expiry)}, ${settle}`;
}

/** "2026-12-25" as "25 Dec 2026". */
export function longDate(expiry: string): string {
  return expiryDate(expiry).replace(/ (\d{2})$/, ' 20$1');
}

/** When contracts of an expiry are delivered: 08:00 UTC. */
export function deliveryOf(expiry: string): Millis {
  return Date.parse(`${expiry}T08:00:00Z`) as Millis;
}

/** Names of contracts in a sentence, each once. */
export function symbolsIn(text: string): string[] {
  return [...new Set(text.match(MENTIONED) ?? [])];
}
