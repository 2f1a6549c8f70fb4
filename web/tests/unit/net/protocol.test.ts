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

it('encodes requests and channel names', () => {
  expect(encodeRequest('subscribe', [chainChannel('BTC', '2026-12-25')])).toBe(
    '{"op":"subscribe","channels":["chain.BTC.2026-12-25"]}',
  );
});
