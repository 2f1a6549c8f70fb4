import { DASH, decimalsOf, fixed } from '../../format/number';
import { age } from '../../format/time';
import type { Millis } from '../../format/units';
import { type Field, isIdentity } from '../../model/fields';
import type { Contract } from '../../model/roster';
import { tickerTime } from '../../model/ticker';

/** What hovering over a cell tells: the contract, the value in full and how old it is. */
export function cellTitle(contract: Contract, field: Field, now: Millis): string {
  const { ticker } = contract;
  const at = tickerTime(ticker);
  const arrived = at === null ? 'no data yet' : `received ${age(Math.max(0, now - at))} ago`;
  const state = [arrived, ticker.lane, ticker.stale ? 'stale' : null].filter((part) => part !== null).join(', ');
  const value = isIdentity(field) || field.key === 'age' || field.key === 'lane' ? [] : [`${field.label}: ${inFull(field, contract)}`];
  return [ticker.symbol, ...value, state].join('\n');
}

function inFull(field: Field, contract: Contract): string {
  const value = field.value(contract);
  return typeof value === 'number' ? fixed(value, decimalsOf(value)) : DASH;
}
