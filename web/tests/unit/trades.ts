import type { Print } from '../../src/model/tape';
import { printOf } from '../../src/model/tape';
import type { Trade } from '../../src/model/trade';
import { type Fields } from '../../src/net/checks';
import type { Trades } from '../../src/net/protocol';
import { tradeOf } from '../../src/net/trade';

export const TRADED = 'BTC-26MAR27-135000-C-USDT';

/** A trade as the interface gives it. */
export function tradeFields(changes: Fields = {}): Fields {
  return {
    id: 'a1',
    symbol: TRADED,
    underlying: 'BTC',
    ts_exchange: 1_000,
    ts_received: 1_125,
    side: 'sell',
    price: 5_060,
    size: 4,
    notional: 440_000,
    iv: 0.47,
    mark_price: 5_113.05,
    mark_iv: 0.468,
    index_price: 110_000,
    block: false,
    sequence: 62_191,
    ...changes,
  };
}

export function trade(changes: Fields = {}): Trade {
  return tradeOf(tradeFields(changes));
}

export function print(changes: Fields = {}): Print {
  return printOf(trade(changes));
}

/** A message of the channel of trades; `latest` is its snapshot. */
export function tradesMessage(seq: number, data: readonly Trade[], latest = false): Trades {
  return { type: 'trades', channel: 'trades.BTC', seq, ts: 2_000 as Trades['ts'], latest, data };
}
