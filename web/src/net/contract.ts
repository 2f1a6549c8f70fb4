import type { Trade } from '../model/trade';
import { type Fields, listOf, objectOf, textOf } from './checks';
import { tradeOf } from './trade';

/** Channel with one contract. */
export function tickerChannel(symbol: string): string {
  return `ticker.${symbol}`;
}

/** Names of the pinned contracts, from the answer of `/pins`. */
export function pinsOf(answer: Fields): readonly string[] {
  return listOf(answer['data'], 'data').map((pin) => textOf(objectOf(pin, 'pin')['symbol'], 'symbol'));
}

/** Trades of the answer of `/trades`, newest first. */
export function tradesOf(answer: Fields): readonly Trade[] {
  return listOf(answer['data'], 'data').map(tradeOf);
}
