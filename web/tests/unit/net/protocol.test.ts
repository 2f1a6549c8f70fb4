import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/net/checks';
import { chainChannel, decode, encodeRequest, TICKER_FIELDS } from '../../../src/net/protocol';
import { EXAMPLES, exampleDelta, exampleSnapshot } from '../examples';

function rawTickers(): Record<string, unknown>[] {
  return JSON.parse(EXAMPLES.snapshot).data;
}

describe('shared examples', () => {
  it('list every field of a ticker in the order of the contract', () => {
    for (const raw of rawTickers()) expect(Object.keys(raw)).toEqual(TICKER_FIELDS);
  });

  it('decode to what they say', () => {
    expect(decode(EXAMPLES.hello)).toEqual({ type: 'hello', ts: 1_790_424_000_000, version: '0.1.0' });
    expect(decode(EXAMPLES.heartbeat)).toEqual({ type: 'heartbeat', ts: 1_790_424_005_000 });
    expect(decode(EXAMPLES.gap)).toEqual({
      type: 'gap',
      channel: 'chain.BTC.2026-12-25',
      ts: 1_790_424_006_000,
      detail: 'connection 2 to the exchange was lost',
      startedAt: 1_790_424_001_800,
      endedAt: 1_790_424_006_000,
    });
    expect(decode(EXAMPLES.error)).toMatchObject({ type: 'error', channel: 'chain.BTC.tomorrow' });
    expect(exampleSnapshot().data).toEqual(rawTickers());
    expect(exampleDelta().data).toEqual(JSON.parse(EXAMPLES.delta).data);
    expect(exampleDelta().removed).toEqual([]);
    expect(exampleDelta(EXAMPLES.deltaRemoved).removed).toHaveLength(2);
  });

  it('number their deltas without a gap', () => {
    const numbers = [exampleSnapshot(), exampleDelta(), exampleDelta(EXAMPLES.deltaRemoved)].map((one) => one.seq);
    expect(numbers).toEqual([1041, 1042, 1043]);
  });
});

describe('decode', () => {
  const withTicker = (changes: object): string => {
    const message = JSON.parse(EXAMPLES.snapshot);
    message.data = [{ ...message.data[0], ...changes }];
    return JSON.stringify(message);
  };

  it.each([
    ['text', 'not json'],
    ['a list', '[]'],
    ['a snapshot without data', '{"type":"snapshot","channel":"c","seq":1,"ts":1}'],
    ['a delta without a number', '{"type":"delta","channel":"c","ts":1,"data":[]}'],
    ['a change without symbol', '{"type":"delta","channel":"c","seq":1,"ts":1,"data":[{"bid_price":1}]}'],
    ['a removed number', '{"type":"delta","channel":"c","seq":1,"ts":1,"data":[],"removed":[1]}'],
    ['a price as text', withTicker({ bid_price: '1' })],
    ['an unknown kind', withTicker({ kind: 'both' })],
    ['an unknown lane', withTicker({ lane: 'fast' })],
    ['a gap without a time', '{"type":"gap","ts":1,"started_at":"noon"}'],
    ['a strike that is absent', withTicker({ strike: null })],
    ['a flag as number', withTicker({ stale: 0 })],
  ])('refuses %s', (_what, text) => {
    expect(() => decode(text)).toThrow(ProtocolError);
  });

  it('ignores fields and types it does not know', () => {
    expect(decode('{"type":"news"}')).toEqual({ type: 'unknown' });
    const message = decode(
      '{"type":"delta","channel":"c","seq":1,"ts":1,"data":[{"symbol":"S","rho":1,"__proto__":{"x":1}}]}',
    );
    expect(message).toMatchObject({ data: [{ symbol: 'S' }] });
    expect(JSON.stringify(message)).not.toContain('rho');
  });

  it('keeps absent fields absent', () => {
    const message = decode(withTicker({ bid_price: null, lane: null }));
    expect(message).toMatchObject({ data: [{ bid_price: null, lane: null }] });
  });
});

const TRADE = {
  id: 'a1',
  symbol: 'BTC-25DEC26-100000-C-USDT',
  underlying: 'BTC',
  ts_exchange: 1,
  ts_received: 2,
  side: 'sell',
  price: 5060,
  size: 4.04,
  notional: null,
  iv: 0.468,
  mark_price: 5113.05,
  mark_iv: 0.468,
  index_price: 110_531.07,
  block: false,
};

describe('channels with data of their own', () => {
  const message = (type: string, channel: string, data: unknown) =>
    decode(JSON.stringify({ type, channel, seq: 3, ts: 5, data }));

  it.each(['snapshot', 'delta'])('carry a whole object in a %s', (type) => {
    expect(message(type, 'status', { uptime_s: 1 })).toEqual({
      type: 'whole',
      channel: 'status',
      ts: 5,
      data: { uptime_s: 1 },
    });
    expect(() => message(type, 'analytics.BTC', [])).toThrow(ProtocolError);
  });

  it.each([
    ['snapshot', true],
    ['delta', false],
  ])('carry trades in a %s', (type, latest) => {
    const found = message(type, 'trades.BTC', [{ ...TRADE, sequence: 9 }]);
    expect(found).toEqual({ type: 'trades', channel: 'trades.BTC', seq: 3, ts: 5, latest, data: [TRADE] });
  });

  it.each([{ side: 'both' }, { price: null }, { block: 1 }, { id: 7 }])('refuse a trade with %o', (change) => {
    expect(() => message('delta', 'trades.BTC', [{ ...TRADE, ...change }])).toThrow(ProtocolError);
  });
});

it('encodes requests and channel names', () => {
  expect(encodeRequest('subscribe', [chainChannel('BTC', '2026-12-25')])).toBe(
    '{"op":"subscribe","channels":["chain.BTC.2026-12-25"]}',
  );
});
