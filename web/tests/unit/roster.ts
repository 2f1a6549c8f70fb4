import { type Contract, Roster } from '../../src/model/roster';
import type { Ticker } from '../../src/model/ticker';
import { CALL, exampleSnapshot, ticker } from './examples';

/** A roster with the contracts of the example. */
export function exampleRoster(): Roster {
  const roster = new Roster();
  roster.replace('BTC', exampleSnapshot().data);
  return roster;
}

/** A contract of the example with some fields changed. */
export function contract(changes: Partial<Ticker> = {}, symbol: string = CALL): Contract {
  const roster = new Roster();
  roster.replace('BTC', [ticker(symbol, changes)]);
  const [found] = roster.listed();
  if (found === undefined) throw new Error(`no example of ${symbol}`);
  return found;
}
