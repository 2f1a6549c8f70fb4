import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fields } from '../../../src/net/checks';
import { Outlook } from '../../../src/state/outlook.svelte';

let asked: string[];
let answer: Fields;
let outlook: Outlook;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answer = { volatility_index: 47.8 };
  outlook = new Outlook({
    read: (path) => {
      asked.push(path);
      return Promise.resolve(answer);
    },
  });
});

afterEach(() => {
  outlook.stop();
  vi.useRealTimers();
});

describe('Outlook', () => {
  it('reads the volatility index of the coin on screen now and then', async () => {
    outlook.watch('BTC');
    await vi.advanceTimersByTimeAsync(16_000);
    expect(asked).toEqual(['/analytics/BTC/summary', '/analytics/BTC/summary']);
    expect(outlook.volatilityIndex).toBe(47.8);
  });

  it('shows nothing of the coin before', async () => {
    outlook.watch('BTC');
    await vi.advanceTimersByTimeAsync(10);
    answer = { volatility_index: null };
    outlook.watch('SOL');
    expect(outlook.volatilityIndex).toBeNull();
    await vi.advanceTimersByTimeAsync(10);
    expect(outlook.volatilityIndex).toBeNull();
  });
});
