import { change, compact, DASH, fixed, gamma, iv, price, signed } from '../format/number';
import { age } from '../format/time';
import type { Iv, Millis, Price, Size } from '../format/units';
import type { Scale } from './book';
import { notional, spread, tickerTime, type Ticker } from './ticker';

export type ColumnKey =
  | 'delta'
  | 'bid_price'
  | 'mark_price'
  | 'ask_price'
  | 'bid_size'
  | 'ask_size'
  | 'spread'
  | 'last_price'
  | 'change_24h'
  | 'bid_iv'
  | 'mark_iv'
  | 'ask_iv'
  | 'gamma'
  | 'vega'
  | 'theta'
  | 'volume_24h'
  | 'turnover_24h'
  | 'open_interest'
  | 'age';

export type ColumnWidth = 'narrow' | 'normal' | 'wide';

/** What the texts of a chain depend on beside its contracts. */
export interface Look {
  /** True where open interest and volume are shown in US dollars. */
  readonly usd: boolean;
  /** The server's time, for ages. */
  readonly now: Millis | null;
}

export const PLAIN: Look = { usd: false, now: null };

/** One value of a contract as the chain shows it. */
export interface Column {
  readonly key: ColumnKey;
  readonly label: string;
  /** Meaning and unit, shown on hover. */
  readonly help: string;
  readonly width: ColumnWidth;
  /** Quotes flash when they change; values that move with every tick do not. */
  readonly flashes: boolean;
  /** An amount of contracts: it has a bar in its cell, and can be shown in US dollars. */
  readonly amount: boolean;
  readonly value: (ticker: Ticker) => number | null;
  readonly text: (ticker: Ticker, scale: Scale, look?: Look) => string;
}

type Print<T extends number> = (value: T, scale: Scale) => string;

interface Looks {
  readonly label: string;
  readonly help: string;
  readonly width?: ColumnWidth;
  readonly flashes?: boolean;
}

function column<T extends number>(
  key: ColumnKey,
  looks: Looks,
  value: (ticker: Ticker) => T | null,
  print: Print<T>,
): Column {
  return {
    key,
    label: looks.label,
    help: looks.help,
    width: looks.width ?? 'normal',
    flashes: looks.flashes ?? false,
    amount: false,
    value,
    text: (ticker, scale) => {
      const found = value(ticker);
      return found === null ? DASH : print(found, scale);
    },
  };
}

/** An amount in units of the underlying, or in US dollars at the index price. */
function amount(key: 'volume_24h' | 'open_interest', looks: Looks): Column {
  const value = (ticker: Ticker): Size | null => ticker[key];
  return {
    ...column(key, { ...looks, width: 'narrow' }, value, asSize),
    amount: true,
    text: (ticker, _scale, look = PLAIN) => {
      const found = look.usd ? notional(ticker, value(ticker)) : value(ticker);
      return found === null ? DASH : compact(found);
    },
  };
}

const asQuote: Print<Price> = (value, scale) => price(value, scale.quote);
const asMark: Print<Price> = (value, scale) => price(value, scale.mark);
const asIv: Print<Iv> = (value) => iv(value);
const asSize: Print<Size> = (value) => compact(value);
const asGreek: Print<number> = (value, scale) => fixed(value, scale.greek);

/** Every column there is, in order from the strike outward. */
export const COLUMNS: readonly Column[] = [
  column(
    'delta',
    { label: 'Delta', help: 'Delta: price change for a move of 1 in the underlying' },
    (ticker) => ticker.delta,
    (value) => signed(value, 3),
  ),
  column(
    'bid_size',
    { label: 'Bid size', help: 'Size at the best bid, in units of the underlying', width: 'narrow' },
    (ticker) => ticker.bid_size,
    asSize,
  ),
  column(
    'bid_price',
    { label: 'Bid', help: 'Best bid, in the settle coin', flashes: true },
    (ticker) => ticker.bid_price,
    asQuote,
  ),
  column(
    'mark_price',
    { label: 'Mark', help: 'Mark price of the exchange, in the settle coin', width: 'wide' },
    (ticker) => ticker.mark_price,
    asMark,
  ),
  column(
    'ask_price',
    { label: 'Ask', help: 'Best ask, in the settle coin', flashes: true },
    (ticker) => ticker.ask_price,
    asQuote,
  ),
  column(
    'ask_size',
    { label: 'Ask size', help: 'Size at the best ask, in units of the underlying', width: 'narrow' },
    (ticker) => ticker.ask_size,
    asSize,
  ),
  column(
    'spread',
    { label: 'Spread', help: 'Ask minus bid, in the settle coin' },
    spread,
    asQuote,
  ),
  column(
    'bid_iv',
    { label: 'Bid IV', help: 'Implied volatility of the bid, % a year', width: 'narrow', flashes: true },
    (ticker) => ticker.bid_iv,
    asIv,
  ),
  column(
    'mark_iv',
    { label: 'Mark IV', help: 'Implied volatility of the mark price, % a year', width: 'narrow' },
    (ticker) => ticker.mark_iv,
    asIv,
  ),
  column(
    'ask_iv',
    { label: 'Ask IV', help: 'Implied volatility of the ask, % a year', width: 'narrow', flashes: true },
    (ticker) => ticker.ask_iv,
    asIv,
  ),
  column(
    'gamma',
    { label: 'Gamma', help: 'Gamma: change of delta for a move of 1 in the underlying', width: 'wide' },
    (ticker) => ticker.gamma,
    (value) => gamma(value),
  ),
  column(
    'vega',
    { label: 'Vega', help: 'Vega: USD for 1 point of volatility' },
    (ticker) => ticker.vega,
    asGreek,
  ),
  column(
    'theta',
    { label: 'Theta', help: 'Theta: USD a day' },
    (ticker) => ticker.theta,
    asGreek,
  ),
  column(
    'last_price',
    { label: 'Last', help: 'Price of the last trade, in the settle coin', flashes: true },
    (ticker) => ticker.last_price,
    asQuote,
  ),
  column(
    'change_24h',
    { label: 'Chg 24h', help: 'Change of the last price over 24 hours, %' },
    (ticker) => ticker.change_24h,
    change,
  ),
  {
    ...column(
      'age',
      { label: 'Age', help: 'Time since the exchange last told of the contract', width: 'narrow' },
      tickerTime,
      () => DASH,
    ),
    text: (ticker, _scale, look = PLAIN) => {
      const at = tickerTime(ticker);
      return at === null || look.now === null ? DASH : age(Math.max(0, look.now - at));
    },
  },
  column(
    'turnover_24h',
    { label: 'Turnover', help: 'Turnover of 24 hours: volume at the price of the underlying, in the settle coin' },
    (ticker) => ticker.turnover_24h,
    (value) => compact(value),
  ),
  amount('volume_24h', { label: 'Vol 24h', help: 'Volume of 24 hours' }),
  amount('open_interest', { label: 'OI', help: 'Open interest' }),
];

/** Heading of a column. */
export function labelOf(column: Column, usd: boolean): string {
  return column.amount && usd ? `${column.label} $` : column.label;
}

/** Meaning and unit of a column. */
export function helpOf(column: Column, usd: boolean): string {
  if (!column.amount) return column.help;
  return `${column.help}, ${usd ? 'in US dollars at the index price' : 'in units of the underlying'}; the bar compares it with the largest on screen`;
}

export type PresetName = 'Price' | 'Greeks' | 'Volatility' | 'Activity';

export const PRESETS: Readonly<Record<PresetName, readonly ColumnKey[]>> = {
  Price: [
    'delta',
    'bid_price',
    'mark_price',
    'ask_price',
    'mark_iv',
    'last_price',
    'change_24h',
    'volume_24h',
    'open_interest',
  ],
  Greeks: ['delta', 'gamma', 'vega', 'theta', 'mark_price', 'mark_iv', 'open_interest'],
  Volatility: [
    'delta',
    'bid_iv',
    'mark_iv',
    'ask_iv',
    'mark_price',
    'vega',
    'volume_24h',
    'open_interest',
  ],
  Activity: [
    'delta',
    'mark_price',
    'last_price',
    'change_24h',
    'age',
    'turnover_24h',
    'volume_24h',
    'open_interest',
  ],
};

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];

export function isColumnKey(value: unknown): value is ColumnKey {
  return COLUMNS.some((column) => column.key === value);
}

/** Columns of the given keys in the order of {@link PRESETS} for a preset, else as given. */
export function columnsOf(keys: readonly ColumnKey[]): Column[] {
  return keys.flatMap((key) => COLUMNS.find((column) => column.key === key) ?? []);
}

/** The preset that shows exactly these columns. */
export function presetOf(keys: readonly ColumnKey[]): PresetName | null {
  return PRESET_NAMES.find((name) => PRESETS[name].join() === keys.join()) ?? null;
}

/** Adds or removes one column on both sides; a column that is added takes its usual place. */
export function toggleColumn(keys: readonly ColumnKey[], key: ColumnKey): ColumnKey[] {
  if (keys.includes(key)) return keys.length === 1 ? [...keys] : keys.filter((other) => other !== key);
  const wanted = new Set([...keys, key]);
  return COLUMNS.map((column) => column.key).filter((other) => wanted.has(other));
}
