import { describe, expect, it } from 'vitest';
import type { Level, Millis } from '../../../src/format/units';
import { buildRungs } from '../../../src/model/rungs';
import type { Ticker } from '../../../src/model/ticker';
import { CALL, PUT, ticker } from '../examples';

const NOW = Date.parse('2026-09-26T12:00:00Z') as Millis;

function listed(of: string, date: string, changes: Partial<Ticker> = {}): Ticker {
  return ticker(of, { symbol: `${of} ${date}`, expiry: date, expiry_at: `${date}T08:00:00Z`, ...changes });
}

describe('buildRungs', () => {
  it('has an expiry in each row, in date order, with both sides', () => {
    const rungs = buildRungs([listed(CALL, '2027-03-26'), listed(PUT, '2026-12-25'), listed(CALL, '2026-12-25')], NOW);
    expect(rungs.map(({ expiry, call, put }) => [expiry, call, put])).toEqual([
      ['2026-12-25', `${CALL} 2026-12-25`, `${PUT} 2026-12-25`],
      ['2027-03-26', `${CALL} 2027-03-26`, null],
    ]);
  });

  it('leaves out what has been delivered', () => {
    expect(buildRungs([listed(CALL, '2026-09-26')], NOW)).toEqual([]);
  });

  it('takes the forward from the side that was heard of last', () => {
    const old = { underlying_price: 1 as Level, ts_received: 1_000 as Millis };
    const fresh = { underlying_price: 2 as Level, ts_received: 2_000 as Millis };
    const both = [listed(CALL, '2026-12-25', fresh), listed(PUT, '2026-12-25', old)];
    expect(buildRungs(both, NOW)[0]?.forward).toBe(2);
    expect(buildRungs(both.toReversed(), NOW)[0]?.forward).toBe(2);
    const silent = { underlying_price: null, ts_received: 3_000 as Millis };
    expect(buildRungs([listed(CALL, '2026-12-25', fresh), listed(PUT, '2026-12-25', silent)], NOW)[0]?.forward).toBe(2);
  });
});
