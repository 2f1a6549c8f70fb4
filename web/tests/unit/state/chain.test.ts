import { beforeEach, describe, expect, it } from 'vitest';
import { ChainState } from '../../../src/state/chain.svelte';
import { CALL, change, EXAMPLES, exampleDelta, exampleSnapshot, USDC_CALL } from '../examples';

const CHANNEL = 'chain.BTC.2026-12-25';
let chain: ChainState;

beforeEach(() => {
  chain = new ChainState();
  chain.watch(CHANNEL);
  chain.snapshot(exampleSnapshot());
  chain.publish();
});

describe('snapshot', () => {
  it('fills the chain when it is published', () => {
    expect(chain.rows.map((row) => row.strike)).toEqual([90_000, 100_000, 300_000]);
    expect(chain.atm).toBe(100_000);
    expect(chain.atmIv).toBeCloseTo(0.4896);
    expect(chain.forward).toBe(98_412.37);
    expect(chain.loaded).toBe(true);
  });

  it('draws every contract without a flash', () => {
    chain.snapshot(exampleSnapshot());
    const drawing = chain.publish();
    expect(drawing.flash).toBe(false);
    expect(drawing.symbols.size).toBe(7);
  });

  it('prints quotes with the decimals of the price step, and draws every cell anew', () => {
    chain.step(0.0001);
    expect(chain.publish().symbols.size).toBe(7);
    expect(chain.book.scale.quote).toBe(4);
    chain.step(null);
    expect(chain.book.scale.quote).toBe(0);
  });

  it('is told of once it has come', async () => {
    const young = new ChainState();
    const told: string[] = [];
    void young.arrived.then(() => told.push('arrived'));
    young.watch(CHANNEL);
    young.snapshot({ ...exampleSnapshot(), channel: 'chain.ETH.2026-12-25' });
    await Promise.resolve();
    expect(told).toEqual([]);
    young.snapshot(exampleSnapshot());
    await Promise.resolve();
    expect(told).toEqual(['arrived']);
  });

  it('of another channel changes nothing', () => {
    chain.snapshot({ ...exampleSnapshot(), channel: 'chain.ETH.2026-12-25', data: [] });
    expect(chain.book.size).toBe(7);
  });
});

describe('delta', () => {
  it('draws only what it touched, once', () => {
    expect(chain.delta(exampleDelta())).toBe(true);
    expect([...chain.publish().symbols]).toEqual([CALL, 'BTC-25DEC26-90000-P-USDT']);
    expect(chain.publish().symbols.size).toBe(0);
  });

  it('collapses several messages into one drawing', () => {
    chain.delta(exampleDelta());
    chain.delta({ ...exampleDelta(), seq: 1043 });
    expect(chain.publish().symbols.size).toBe(2);
  });

  it('removes rows whose contracts left', () => {
    chain.delta(exampleDelta());
    chain.delta(exampleDelta(EXAMPLES.deltaRemoved));
    chain.publish();
    expect(chain.rows.map((row) => row.strike)).toEqual([90_000, 100_000]);
  });

  it('asks for a snapshot after a gap, keeps what is shown and waits', () => {
    expect(chain.delta({ ...exampleDelta(), seq: 1050 })).toBe(false);
    expect(chain.delta({ ...exampleDelta(), seq: 1051 })).toBe(true);
    expect(chain.publish().symbols.size).toBe(0);
    expect(chain.rows).toHaveLength(3);
    chain.snapshot({ ...exampleSnapshot(), seq: 1060 });
    expect(chain.delta({ ...exampleDelta(), seq: 1061 })).toBe(true);
    expect(chain.book.get(CALL)?.bid_price).toBe(8755);
  });

  it('asks for a snapshot when it names an unknown contract', () => {
    expect(chain.delta({ ...exampleDelta(), data: [change('BTC-25DEC26-1-C-USDT', { vega: 1 })] })).toBe(false);
    expect(chain.delta({ ...exampleDelta(), seq: 1043 })).toBe(true);
    expect(chain.book.get(CALL)?.bid_price).toBe(8745);
  });

  it('draws every cell when the decimals change', () => {
    chain.delta({ ...exampleDelta(), data: [change(CALL, { bid_price: 8745.5 })] });
    expect(chain.publish().symbols.size).toBe(7);
  });
});

describe('choices', () => {
  it('show the contracts of one settle coin', () => {
    chain.choose('USDC');
    expect(chain.rows).toEqual([{ strike: 100_000, call: USDC_CALL, put: null }]);
    expect(chain.settles).toEqual(['USDT', 'USDC']);
  });

  it('empty the chain when another one is watched', () => {
    chain.watch('chain.BTC.2026-10-30');
    expect(chain.rows).toEqual([]);
    expect([chain.loaded, chain.forward, chain.newest]).toEqual([false, null, null]);
    chain.delta({ ...exampleDelta(), channel: 'chain.BTC.2026-10-30' });
    expect(chain.book.size).toBe(0);
  });
});
