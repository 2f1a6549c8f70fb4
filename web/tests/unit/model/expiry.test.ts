import { describe, expect, it } from 'vitest';
import type { Iv, Level, Millis } from '../../../src/format/units';
import { activeExpiries, closestExpiry, expectedMove, type Expiry, liveShare } from '../../../src/model/expiry';

function expiry(date: string): Expiry {
  const at = Date.parse(`${date}T08:00:00Z`) as Millis;
  return { expiry: date, at, contracts: null, atmStrike: null, atmIv: null, forward: null, live: null, polled: null };
}

const LIST = ['2026-12-25', '2026-10-02', '2026-10-30'].map(expiry);

describe('liveShare', () => {
  it('is the share of contracts that the exchange pushes, absent where nobody tells', () => {
    const share = (live: number | null, polled: number | null) => liveShare({ ...expiry('2026-12-25'), live, polled });
    expect([share(32, 34), share(5, 0), share(0, 5)]).toEqual([32 / 66, 1, 0]);
    expect([share(null, 5), share(0, 0)]).toEqual([null, null]);
  });
});

describe('activeExpiries', () => {
  it('orders by date and drops what was delivered', () => {
    const now = Date.parse('2026-10-02T08:00:00Z') as Millis;
    expect(activeExpiries(LIST, now).map((one) => one.expiry)).toEqual(['2026-10-30', '2026-12-25']);
  });
});

describe('closestExpiry', () => {
  it('finds the wanted one, else the nearest in time, else the first', () => {
    expect(closestExpiry(LIST, '2026-10-30')?.expiry).toBe('2026-10-30');
    expect(closestExpiry(LIST, '2026-12-01')?.expiry).toBe('2026-12-25');
    expect(closestExpiry(LIST, null)?.expiry).toBe('2026-12-25');
    expect(closestExpiry([], '2026-12-01')).toBeNull();
  });
});

describe('expectedMove', () => {
  it('is forward times volatility times the root of the years', () => {
    const quarter = (365 / 4) * 86_400_000;
    expect(expectedMove(100_000 as Level, 0.5 as Iv, quarter)).toBeCloseTo(25_000);
  });

  it('is absent without its inputs or after delivery', () => {
    expect(expectedMove(null, 0.5 as Iv, 1)).toBeNull();
    expect(expectedMove(1 as Level, null, 1)).toBeNull();
    expect(expectedMove(1 as Level, 0.5 as Iv, 0)).toBeNull();
  });
});
