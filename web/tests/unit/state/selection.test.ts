import { describe, expect, it } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { Expiry } from '../../../src/model/expiry';
import { selectExpiry } from '../../../src/state/selection';

const NOW = Date.parse('2026-10-02T09:00:00Z') as Millis;
const LIST: Expiry[] = ['2026-10-02', '2026-10-30', '2026-12-25'].map((date) => ({
  expiry: date,
  at: Date.parse(`${date}T08:00:00Z`) as Millis,
  contracts: null,
  atmStrike: null,
  live: null,
  polled: null,
  atmIv: null,
  forward: null,
}));

function select(list: Expiry[] | null, asked: string | null, remembered: string | null = null) {
  return selectExpiry(list, { asked, remembered }, NOW);
}

describe('before the list is known', () => {
  it('takes the wish at its word, unless its time has passed', () => {
    expect(select(null, '2027-01-01').expiry).toBe('2027-01-01');
    expect(select(null, null, '2026-12-25').expiry).toBe('2026-12-25');
    expect(select(null, '2026-10-02').expiry).toBeNull();
    expect(select(null, null).expiry).toBeNull();
  });
});

describe('with the list', () => {
  it('prefers the address over what is remembered', () => {
    expect(select(LIST, '2026-12-25', '2026-10-30')).toEqual({ expiry: '2026-12-25', wantedIs: 'shown' });
  });

  it('replaces an expiry that was delivered by its neighbour and says so', () => {
    expect(select(LIST, '2026-10-02')).toEqual({ expiry: '2026-10-30', wantedIs: 'expired' });
  });

  it('shows nothing for an expiry that is not listed', () => {
    expect(select(LIST, '2026-11-06')).toEqual({ expiry: null, wantedIs: 'unlisted' });
  });

  it('finds the neighbour of a remembered expiry without a word', () => {
    expect(select(LIST, null, '2026-11-06')).toEqual({ expiry: '2026-10-30', wantedIs: 'shown' });
  });

  it('starts with the first expiry', () => {
    expect(select(LIST, null)).toEqual({ expiry: '2026-10-30', wantedIs: 'shown' });
  });

  it('waits while nothing is listed', () => {
    expect(select([], '2026-12-25')).toEqual({ expiry: null, wantedIs: 'shown' });
  });
});
