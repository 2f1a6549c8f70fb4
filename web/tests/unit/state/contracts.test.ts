import { beforeEach, describe, expect, it } from 'vitest';
import type { Millis, Price, Size } from '../../../src/format/units';
import { parseFilter } from '../../../src/model/filter';
import type { Delta, Snapshot } from '../../../src/net/protocol';
import { Channels } from '../../../src/state/channels';
import { CALM_MS, ContractsState, REORDER_MS } from '../../../src/state/contracts.svelte';
import { CALL, change, exampleSnapshot, PUT } from '../examples';

const CHANNEL = 'tickers.BTC';
const NOW = Date.parse('2026-12-01T00:00:00Z') as Millis;

let asked: string[];
let channels: Channels;
let contracts: ContractsState;

function snapshot(seq = 1): Snapshot {
  return { ...exampleSnapshot(), channel: CHANNEL, seq };
}

function delta(seq: number, symbol: string, fields: Record<string, unknown>, removed: string[] = []): Delta {
  return { type: 'delta', channel: CHANNEL, seq, ts: NOW, data: [change(symbol, fields)], removed };
}

function symbols(): string[] {
  return contracts.rows.map((one) => one.ticker.symbol);
}

beforeEach(() => {
  asked = [];
  channels = new Channels({
    subscribe: (channel) => asked.push(`+${channel}`),
    unsubscribe: (channel) => asked.push(`-${channel}`),
    refresh: (channel) => asked.push(`?${String(channel)}`),
  });
  contracts = new ContractsState(channels);
  contracts.watch(['BTC']);
  contracts.choose(parseFilter({}), null, { at: 0, now: NOW });
  channels.deliver(snapshot());
});

describe('the first contracts', () => {
  it('are shown at the next drawing, without a flash', () => {
    expect(contracts.loaded).toBe(false);
    expect(contracts.publish({ at: 1, now: NOW })).toBe(false);
    expect(contracts.loaded).toBe(true);
    expect(contracts.rows).toHaveLength(7);
    expect(contracts.total).toBe(7);
    expect(contracts.expiries.map((one) => one.expiry)).toEqual(['2026-12-25']);
    expect(contracts.settles).toEqual(['USDT', 'USDC']);
  });

  it('wait for every coin', () => {
    contracts.watch(['BTC', 'ETH']);
    contracts.publish({ at: 1, now: NOW });
    expect(contracts.loaded).toBe(false);
    expect(contracts.rows).toHaveLength(7);
  });
});

describe('order', () => {
  beforeEach(() => {
    contracts.publish({ at: 1, now: NOW });
    contracts.choose(parseFilter({}), { key: 'volume_24h', down: true }, { at: 2, now: NOW });
    channels.deliver(delta(2, PUT, { volume_24h: 1e9 as Size }));
  });

  it('stays for a second while values change, which may flash', () => {
    expect(contracts.publish({ at: REORDER_MS, now: NOW })).toBe(true);
    expect(symbols()[0]).not.toBe(PUT);
    contracts.publish({ at: REORDER_MS + 2, now: NOW });
    expect(symbols()[0]).toBe(PUT);
  });

  it('stays while the user is busy with the rows', () => {
    contracts.touch(REORDER_MS);
    contracts.publish({ at: REORDER_MS + CALM_MS - 1, now: NOW });
    expect(symbols()[0]).not.toBe(PUT);
    contracts.publish({ at: REORDER_MS + CALM_MS, now: NOW });
    expect(symbols()[0]).toBe(PUT);
  });

  it('follows at once when the user asks for another, or a contract leaves', () => {
    contracts.touch(10);
    contracts.choose(parseFilter({ kind: 'put' }), null, { at: 11, now: NOW });
    expect(contracts.rows.every((one) => one.ticker.kind === 'put')).toBe(true);
    channels.deliver(delta(3, PUT, { bid_price: 1 as Price }, [CALL]));
    contracts.publish({ at: 12, now: NOW });
    expect(contracts.total).toBe(6);
  });

  it('is the same list while nothing moves in it', () => {
    contracts.publish({ at: 5_000, now: NOW });
    const { rows } = contracts;
    channels.deliver(delta(3, CALL, { bid_price: 1 as Price }));
    contracts.publish({ at: 10_000, now: NOW });
    expect(contracts.rows).toBe(rows);
  });
});

describe('channels', () => {
  it('are followed and left with the coins', () => {
    contracts.watch(['ETH', 'BTC']);
    contracts.watch(['ETH']);
    contracts.publish({ at: 1, now: NOW });
    expect(asked).toEqual(['+tickers.BTC', '+tickers.ETH', '-tickers.BTC']);
    expect(contracts.total).toBe(0);
  });

  it('are asked anew after a gap, and wait for the snapshot', () => {
    channels.deliver(delta(9, CALL, { bid_price: 77 as Price }));
    channels.deliver(delta(10, CALL, { bid_price: 77 as Price }));
    expect(asked.filter((one) => one.startsWith('?'))).toEqual([`?${CHANNEL}`]);
    expect(contracts.roster.get(CALL)?.ticker.bid_price).not.toBe(77);
    channels.deliver(snapshot(10));
    channels.deliver(delta(11, CALL, { bid_price: 77 as Price }));
    expect(contracts.roster.get(CALL)?.ticker.bid_price).toBe(77);
  });

  it('are asked anew for a contract that is not known', () => {
    channels.deliver(delta(2, 'BTC-1JAN27-1-C-USDT', { bid_price: 1 as Price }));
    expect(asked).toContain(`?${CHANNEL}`);
  });
});
