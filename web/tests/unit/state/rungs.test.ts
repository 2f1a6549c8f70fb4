import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Strike } from '../../../src/format/units';
import type { Fields } from '../../../src/net/checks';
import { Ladder } from '../../../src/state/rungs.svelte';
import { CALL, exampleSnapshot, PUT } from '../examples';

const STRIKE = 100_000 as Strike;
let asked: string[];
let data: readonly unknown[];
let ladder: Ladder;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  data = exampleSnapshot().data.filter(({ symbol }) => symbol === CALL || symbol === PUT);
  ladder = new Ladder({
    read: (path) => {
      asked.push(path);
      return Promise.resolve({ data } as Fields);
    },
  });
});

afterEach(() => {
  ladder.query.stop();
  vi.useRealTimers();
});

describe('Ladder', () => {
  it('asks for one strike of a coin in one settle coin, once a second', async () => {
    ladder.ask('BTC', STRIKE, 'USDT');
    await vi.advanceTimersByTimeAsync(2_100);
    const path = '/tickers?underlying=BTC&min_strike=100000&max_strike=100000&settle=USDT';
    expect(asked).toEqual([path, path, path]);
  });

  it('draws the first answer without a flash, later ones with', async () => {
    ladder.ask('BTC', STRIKE, 'USDT');
    expect(ladder.publish().symbols.size).toBe(0);
    await vi.advanceTimersByTimeAsync(10);
    const first = ladder.publish();
    expect([first.flash, [...first.symbols].sort()]).toEqual([false, [CALL, PUT]]);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(ladder.publish().flash).toBe(true);
  });

  it('draws what has left, so that its cells become dashes', async () => {
    ladder.ask('BTC', STRIKE, 'USDT');
    await vi.advanceTimersByTimeAsync(10);
    ladder.publish();
    data = data.slice(0, 1);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(ladder.publish().symbols.size).toBe(2);
    expect(ladder.book.size).toBe(1);
  });

  it('asks nothing without a coin', async () => {
    ladder.ask(null, STRIKE, 'USDT');
    await vi.advanceTimersByTimeAsync(1_100);
    expect(asked).toEqual([]);
  });
});
