import type { Trade } from '../model/trade';
import { type Check, flag, numberOf, objectOf, oneOf, optionalNumber, textOf } from './checks';

const FIELDS: Readonly<Record<keyof Trade, Check>> = {
  id: textOf,
  symbol: textOf,
  underlying: textOf,
  ts_exchange: numberOf,
  ts_received: numberOf,
  side: oneOf('buy', 'sell'),
  price: numberOf,
  size: numberOf,
  notional: optionalNumber,
  iv: optionalNumber,
  mark_price: optionalNumber,
  mark_iv: optionalNumber,
  index_price: optionalNumber,
  block: flag,
};

/** Reads one trade; fields that the page does not know are ignored. */
export function tradeOf(value: unknown): Trade {
  const fields = objectOf(value, 'trade');
  const checked: Record<string, unknown> = {};
  for (const [field, check] of Object.entries(FIELDS)) checked[field] = check(fields[field], field);
  return checked as unknown as Trade;
}
