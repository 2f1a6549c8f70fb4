import { compact, DASH, decimalsOf, fixed, level, price, strike } from '../format/number';
import type { Millis, Price } from '../format/units';
import type { Scale } from './book';
import { type ColumnKey, columnsOf } from './columns';
import type { Ticker } from './ticker';

/** Prints a moment in the zone that the page is in. */
export type Clock = (at: Millis) => string;

/** One field of a contract for reading. */
export interface Fact {
  readonly field: string;
  readonly label: string;
  /** Meaning and unit. */
  readonly help: string;
  readonly text: (ticker: Ticker, scale: Scale, clock: Clock) => string;
}

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** Fields that the chain shows too are told in its words. */
function known(...keys: readonly ColumnKey[]): Fact[] {
  return columnsOf(keys).map(({ key, label, help, text }) => ({
    field: key,
    label,
    help,
    text: (ticker, scale) => text(ticker, scale),
  }));
}

function fact<Name extends keyof Ticker>(
  field: Name,
  label: string,
  help: string,
  print: (value: NonNullable<Ticker[Name]>, clock: Clock) => string = String,
): Fact {
  return {
    field,
    label,
    help,
    text: (ticker, _, clock) => {
      const value = ticker[field];
      return value === null ? DASH : print(value, clock);
    },
  };
}

/** From this price on, digits beyond the second say nothing. */
const COARSE = 100;

/** A price with the digits that the exchange gave: two at least, and four at most where it is small. */
export function quote(value: Price): string {
  return price(value, Math.min(value >= COARSE ? 2 : 4, Math.max(2, decimalsOf(value))));
}

function date(iso: string): string {
  return iso.replace('T', ' ').replace(/(:00)?(\.0+)?Z$/, ' UTC');
}

/** Every field of a ticker, in groups. */
export const FACTS: readonly FactGroup[] = [
  {
    title: 'Quote',
    facts: [
      ...known('bid_price', 'bid_size', 'ask_price', 'ask_size', 'mark_price', 'last_price'),
      fact('high_24h', 'High 24h', 'Highest price of 24 hours, in the settle coin', quote),
      fact('low_24h', 'Low 24h', 'Lowest price of 24 hours, in the settle coin', quote),
      ...known('change_24h'),
    ],
  },
  { title: 'Implied volatility', facts: known('bid_iv', 'mark_iv', 'ask_iv') },
  { title: 'Greeks', facts: known('delta', 'gamma', 'vega', 'theta') },
  {
    title: 'Activity',
    facts: [
      ...known('open_interest', 'volume_24h', 'turnover_24h'),
      fact('total_volume', 'Vol ever', 'Volume since the listing, in units of the underlying', compact),
      fact('total_turnover', 'Turnover ever', 'Turnover since the listing, in USD', (value) => fixed(value, 0)),
    ],
  },
  {
    title: 'Reference',
    facts: [
      fact('underlying', 'Underlying', 'The coin'),
      fact('strike', 'Strike', 'Strike price, in USD', strike),
      fact('kind', 'Kind', 'Call or put'),
      fact('settle', 'Settled in', 'The coin that it is paid in'),
      fact('underlying_price', 'Forward', 'Price of the underlying for this expiry, in USD', level),
      fact('index_price', 'Index', 'Spot index of the underlying, in USD', level),
      fact('predicted_delivery_price', 'Delivery price', 'Expected, in USD; known shortly before delivery', level),
      fact('symbol', 'Symbol', "The exchange's name of the contract"),
    ],
  },
  {
    title: 'Times',
    facts: [
      fact('expiry', 'Expiry', 'Day of delivery'),
      fact('days_to_expiry', 'Days left', 'Days to delivery', (value) => fixed(value, value < 10 ? 2 : 1)),
      fact('expiry_at', 'Delivery', 'Moment of delivery, UTC', date),
      fact('ts_exchange', 'Exchange', 'When the exchange made the latest data', (at, clock) => clock(at)),
      fact('ts_received', 'Received', 'When voltape received it', (at, clock) => clock(at)),
      fact('lane', 'Lane', 'Live: pushed by the exchange at once. Polled: asked for every half minute or so'),
      fact('stale', 'Stale', 'Whether the data is older than it should be', (stale) => (stale ? 'yes' : 'no')),
    ],
  },
];
