import { describe, expect, it } from 'vitest';
import { freshness } from '../../../src/model/freshness';

describe('freshness', () => {
  it.each([
    ['open', 0, false, 'Live'],
    ['open', 10_000, false, 'Live'],
    ['open', 10_001, false, 'Delayed'],
    ['open', 60_001, false, 'Stale'],
    ['open', 0, true, 'Stale'],
    ['open', null, false, 'Waiting'],
    ['connecting', null, false, 'Waiting'],
    ['lost', 0, false, 'Disconnected'],
    ['lost', null, true, 'Disconnected'],
  ] as const)('of link %s, age %s and all stale %s is %s', (link, age, allStale, state) => {
    expect(freshness(link, age, allStale)).toBe(state);
  });
});
