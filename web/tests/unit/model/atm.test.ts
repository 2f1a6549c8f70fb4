import { describe, expect, it } from 'vitest';
import type { Level, Strike } from '../../../src/format/units';
import { nearestStrike, nextAtm } from '../../../src/model/atm';

const STRIKES = [90, 100, 110] as Strike[];
const at = (value: number): Level => value as Level;
const strike = (value: number): Strike => value as Strike;

describe('nearestStrike', () => {
  it('takes the nearest, and the lower of two equally near', () => {
    expect(nearestStrike(STRIKES, at(104))).toBe(100);
    expect(nearestStrike(STRIKES, at(105))).toBe(100);
    expect(nearestStrike(STRIKES, at(1e9))).toBe(110);
  });

  it('is absent without strikes', () => {
    expect(nearestStrike([], at(100))).toBeNull();
  });
});

describe('nextAtm', () => {
  it('starts at the nearest strike', () => {
    expect(nextAtm(STRIKES, at(106), null)).toBe(110);
  });

  it('stays while the forward has not clearly passed the middle', () => {
    expect(nextAtm(STRIKES, at(105.9), strike(100))).toBe(100);
    expect(nextAtm(STRIKES, at(104.1), strike(110))).toBe(110);
  });

  it('moves once the forward is past the middle by the margin', () => {
    expect(nextAtm(STRIKES, at(106.1), strike(100))).toBe(110);
    expect(nextAtm(STRIKES, at(103.9), strike(110))).toBe(100);
  });

  it('jumps over strikes at once', () => {
    expect(nextAtm(STRIKES, at(111), strike(90))).toBe(110);
  });

  it('does not flip while the forward swings about the middle', () => {
    const seen = new Set<Strike | null>();
    let current: Strike | null = strike(100);
    for (const forward of [104.6, 105.4, 104.7, 105.6, 104.5, 105.5]) {
      current = nextAtm(STRIKES, at(forward), current);
      seen.add(current);
    }
    expect([...seen]).toEqual([100]);
  });

  it('forgets a strike that is no longer listed', () => {
    expect(nextAtm(STRIKES, at(91), strike(95))).toBe(90);
  });
});
