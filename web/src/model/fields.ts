import { DASH, fixed, strike } from '../format/number';
import { expiryDate, timeLeft } from '../format/time';
import type { Millis } from '../format/units';
import type { Scale } from './book';
import { type Column, COLUMNS, type ColumnWidth } from './columns';
import { FIGURE_KEYS, type FigureKey } from './figures';
import { spreadShare } from './measure';
import type { Contract } from './roster';
import type { SortValue } from './sort';
import { tickerTime } from './ticker';

/** What tells contracts apart; always shown. */
export type IdentityKey = 'underlying' | 'expiry' | 'left' | 'strike' | 'kind' | 'settle';

/** `contract` is the identity in one cell, for narrow screens. */
export type FieldKey = IdentityKey | FigureKey | 'contract';

/** What the texts of the table depend on beside a contract. */
export interface Sight {
  readonly scale: Scale;
  /** The server's time. */
  readonly now: Millis;
  /** True where open interest and volume are shown in US dollars. */
  readonly usd: boolean;
}

/** One column of the table of contracts. */
export interface Field {
  readonly key: FieldKey;
  readonly label: string;
  /** Meaning and unit, shown on hover. */
  readonly help: string;
  readonly width: ColumnWidth | 'tiny' | 'contract';
  readonly flashes: boolean;
  /** Its text may change while the value does not: ages, and amounts in US dollars. */
  readonly timed: boolean;
  /** True where the first click on the header puts the largest first. */
  readonly downFirst: boolean;
  /** What rows are ordered by, and what a flash compares. */
  readonly value: (contract: Contract) => SortValue;
  readonly text: (contract: Contract, sight: Sight) => string;
}

type Looks = Pick<Field, 'label' | 'help' | 'width'> & Partial<Field>;

function field(
  key: FieldKey,
  looks: Looks,
  value: Field['value'],
  text: Field['text'] = (contract) => String(value(contract) ?? DASH),
): Field {
  return { key, flashes: false, timed: false, downFirst: false, value, text, ...looks };
}

function kindText({ ticker }: Contract): string {
  return ticker.kind === 'call' ? 'Call' : 'Put';
}

export const IDENTITY: readonly Field[] = [
  field('underlying', { label: 'Coin', help: 'The underlying', width: 'tiny' }, ({ ticker }) => ticker.underlying),
  field(
    'expiry',
    { label: 'Expiry', help: 'Day of delivery, at 08:00 UTC', width: 'wide' },
    ({ deliveredAt }) => deliveredAt,
    ({ ticker }) => expiryDate(ticker.expiry),
  ),
  field(
    'left',
    { label: 'DTE', help: 'Time left to delivery', width: 'tiny', timed: true },
    ({ deliveredAt }) => deliveredAt,
    ({ deliveredAt }, { now }) => timeLeft(deliveredAt - now),
  ),
  field(
    'strike',
    { label: 'Strike', help: 'Strike price, in USD', width: 'normal' },
    ({ ticker }) => ticker.strike,
    ({ ticker }) => strike(ticker.strike),
  ),
  field('kind', { label: 'Type', help: 'Call or put', width: 'tiny' }, ({ ticker }) => ticker.kind, kindText),
  field('settle', { label: 'Settle', help: 'Coin that the contract is settled in', width: 'tiny' }, ({ ticker }) => ticker.settle),
];

/** The whole identity on two lines. */
export const CONTRACT: Field = field(
  'contract',
  { label: 'Contract', help: 'Strike, type, coin, expiry and settle coin', width: 'contract' },
  () => null,
  (contract) => {
    const { underlying, expiry, settle, strike: level } = contract.ticker;
    return `${strike(level)} ${kindText(contract)}\n${underlying} ${expiryDate(expiry)} ${settle}`;
  },
);

function ofColumn(column: Column): Field {
  const { key, label, help, width, flashes, amount } = column;
  const aged = key === 'age';
  return field(
    key,
    { label, help, width, flashes, timed: aged || amount, downFirst: !aged },
    // The newest has the smallest age.
    aged ? ({ ticker }) => -(tickerTime(ticker) ?? Number.NaN) || null : ({ ticker }) => column.value(ticker),
    ({ ticker }, { scale, now, usd }) => column.text(ticker, scale, { now, usd }),
  );
}

const SPREAD_SHARE: Field = field(
  'spread_share',
  { label: 'Spread %', help: 'Ask minus bid, in % of their middle', width: 'narrow', downFirst: true },
  ({ ticker }) => spreadShare(ticker),
  ({ ticker }) => {
    const share = spreadShare(ticker);
    return share === null ? DASH : `${fixed(share * 100, 1)}%`;
  },
);

const LANE: Field = field(
  'lane',
  { label: 'Lane', help: 'live: pushed by the exchange; polled: asked for at intervals', width: 'narrow' },
  ({ ticker }) => ticker.lane,
);

const OWN: readonly Field[] = [SPREAD_SHARE, LANE];

/** Every field there is to choose from, in their usual order. */
export const FIGURES: readonly Field[] = FIGURE_KEYS.flatMap((key) => [
  ...OWN.filter((one) => one.key === key),
  ...COLUMNS.filter((column) => column.key === key).map(ofColumn),
]);

export function isIdentity({ key }: Field): boolean {
  return key === 'contract' || IDENTITY.some((one) => one.key === key);
}

const SORTABLE: readonly Field[] = [...IDENTITY, ...FIGURES];

/** The field of a name; absent where there is none to order by. */
export function sortField(key: string): Field | undefined {
  return SORTABLE.find((one) => one.key === key);
}

export function isSortKey(key: string): key is IdentityKey | FigureKey {
  return sortField(key) !== undefined;
}

/** The fields of a table with the chosen figures. */
export function tableFields(keys: readonly FigureKey[], narrow: boolean): Field[] {
  const chosen = FIGURES.filter(({ key }) => keys.some((one) => one === key));
  return narrow ? [CONTRACT, ...chosen] : [...IDENTITY, ...chosen];
}
