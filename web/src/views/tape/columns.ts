import { compact, DASH, fixed, iv, level, signed, strike } from '../../format/number';
import { expiryDate } from '../../format/time';
import type { Iv, Millis, Size } from '../../format/units';
import { quote } from '../../model/facts';
import type { Print } from '../../model/tape';

/** Prints a moment in the zone that the page is in, "12:03:44". */
type Clock = (at: Millis) => string;

/** One column of the tape; `key` is its class in the style sheet. */
export interface TapeColumn {
  readonly key: string;
  readonly label: string;
  /** Meaning and unit. */
  readonly help: string;
  /** Upper line of a cell; the only one where there is room for every column. */
  readonly text: (print: Print, clock: Clock) => string;
  /** Lower line. */
  readonly small?: (print: Print) => string;
}

/** US dollars in few characters: $446.5K, $2M. */
export function fewDollars(value: number | null): string {
  return value === null ? DASH : `$${compact(Math.round(value) as Size).replace('.0', '')}`;
}

function volatility(value: Iv | null): string {
  return value === null ? DASH : iv(value);
}

function over(print: Print): string {
  return print.over === null ? DASH : signed(print.over, 1);
}

function expiry(print: Print): string {
  return print.expiry === null ? DASH : expiryDate(print.expiry);
}

function strikeOf(print: Print): string {
  return print.strike === null ? DASH : strike(print.strike);
}

const SIDES = { buy: '▲ buy', sell: '▼ sell' } as const;

const TIME: TapeColumn = {
  key: 'time',
  label: 'Time',
  help: 'When the exchange traded it',
  text: ({ trade }, clock) => clock(trade.ts_exchange),
};
const SIDE: TapeColumn = { key: 'side', label: 'Side', help: 'What the taker did', text: ({ trade }) => SIDES[trade.side] };
const SIZE = ({ trade }: Print): string => compact(trade.size);
const PRICE: TapeColumn = {
  key: 'price',
  label: 'Price',
  help: 'In the settle coin',
  text: ({ trade }) => quote(trade.price),
};

/** Every column; expiry, strike and kind go first where room is short, as the contract's name tells them. */
export const COLUMNS: readonly TapeColumn[] = [
  TIME,
  { key: 'contract', label: 'Contract', help: "The exchange's name; opens the contract", text: ({ trade }) => trade.symbol },
  { key: 'expiry', label: 'Expiry', help: 'Day of delivery', text: expiry },
  { key: 'strike', label: 'Strike', help: 'In USD', text: strikeOf },
  { key: 'kind', label: 'Kind', help: 'Call or put', text: ({ kind }) => kind ?? DASH },
  SIDE,
  PRICE,
  { key: 'size', label: 'Size', help: 'In units of the underlying', text: SIZE },
  {
    key: 'notional',
    label: 'Notional',
    help: 'Size times index price, in USD',
    text: ({ trade }) => (trade.notional === null ? DASH : `$${fixed(trade.notional, 0)}`),
  },
  { key: 'iv', label: 'IV', help: 'Implied volatility of the price, % a year', text: ({ trade }) => volatility(trade.iv) },
  {
    key: 'iv',
    label: 'Mark IV',
    help: 'Implied volatility of the mark price then, % a year',
    text: ({ trade }) => volatility(trade.mark_iv),
  },
  { key: 'iv', label: 'vs mark', help: 'IV less mark IV, in points of volatility', text: over },
  {
    key: 'index',
    label: 'Index',
    help: 'Spot index of the underlying then, in USD',
    text: ({ trade }) => (trade.index_price === null ? DASH : level(trade.index_price)),
  },
  { key: 'marks', label: 'Marks', help: 'Blocks, and the largest trades', text: () => '' },
];

/** Two lines to a trade, where there is room for little. */
export const NARROW_COLUMNS: readonly TapeColumn[] = [
  { ...TIME, label: 'Time, $', help: `${TIME.help}; notional in USD`, small: ({ trade }) => fewDollars(trade.notional) },
  {
    key: 'contract',
    label: 'Contract',
    help: 'Coin, strike and kind; day of delivery',
    text: (print) => `${print.trade.underlying} ${strikeOf(print)} ${print.kind ?? ''}`,
    small: expiry,
  },
  { ...SIDE, label: 'Side, size', help: `${SIDE.help}; size in units of the underlying`, small: SIZE },
  {
    ...PRICE,
    label: 'Price, IV',
    help: `${PRICE.help}; IV in % a year, and its distance from the mark IV in vol points`,
    small: (print) => `${volatility(print.trade.iv)} (${over(print)})`,
  },
];
