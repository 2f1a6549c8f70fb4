import delta from '../../../tests/data/push/delta.json?raw';
import deltaRemoved from '../../../tests/data/push/delta_removed.json?raw';
import error from '../../../tests/data/push/error.json?raw';
import gap from '../../../tests/data/push/gap.json?raw';
import heartbeat from '../../../tests/data/push/heartbeat.json?raw';
import hello from '../../../tests/data/push/hello.json?raw';
import snapshot from '../../../tests/data/push/snapshot.json?raw';
import type { Ticker, TickerChange } from '../../src/model/ticker';
import { decode, type Delta, type Snapshot } from '../../src/net/protocol';

/** Messages that the server's tests read too. */
export const EXAMPLES = { hello, snapshot, delta, deltaRemoved, heartbeat, gap, error };

export function exampleSnapshot(): Snapshot {
  const message = decode(snapshot);
  if (message.type !== 'snapshot') throw new Error('the example is no snapshot');
  return message;
}

export function exampleDelta(text: string = delta): Delta {
  const message = decode(text);
  if (message.type !== 'delta') throw new Error('the example is no delta');
  return message;
}

/** The example's ticker of a symbol, with some fields changed. */
export function ticker(symbol: string, changes: Partial<Ticker> = {}): Ticker {
  const found = exampleSnapshot().data.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`no example of ${symbol}`);
  return { ...found, ...changes };
}

export function change(symbol: string, fields: Record<string, unknown>): TickerChange {
  return { symbol, ...fields } as TickerChange;
}

export const CALL = 'BTC-25DEC26-100000-C-USDT';
export const PUT = 'BTC-25DEC26-100000-P-USDT';
export const USDC_CALL = 'BTC-25DEC26-100000-C';
export const FAR_PUT = 'BTC-25DEC26-300000-P-USDT';
