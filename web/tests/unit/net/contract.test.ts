import { expect, it } from 'vitest';
import { ProtocolError } from '../../../src/net/checks';
import { pinsOf, tickerChannel, tradesOf } from '../../../src/net/contract';
import { tradeFields } from '../trades';

it('names the channel of a contract', () => {
  expect(tickerChannel('BTC-25DEC26-110000-C-USDT')).toBe('ticker.BTC-25DEC26-110000-C-USDT');
});

it('reads the names of pinned contracts', () => {
  const pin = { symbol: 'BTC-25DEC26-110000-C-USDT', decided: true, listed: true };
  expect(pinsOf({ count: 1, data: [pin] })).toEqual([pin.symbol]);
  expect(() => pinsOf({ data: [{}] })).toThrow(ProtocolError);
});

it('reads trades', () => {
  expect(tradesOf({ count: 1, data: [tradeFields()] })[0]).toMatchObject({ id: 'a1', side: 'sell', mark_iv: 0.468 });
  expect(() => tradesOf({ data: [tradeFields({ price: null })] })).toThrow(ProtocolError);
});
