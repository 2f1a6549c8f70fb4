import { expect, it } from 'vitest';
import type { Millis } from '../../../../src/format/units';
import { neighbourExpiry } from '../../../../src/views/contracts/stepping';

const LISTED = ['2026-11-27', '2026-12-04', '2026-12-25'].map((expiry) => ({
  expiry,
  deliveredAt: 0 as Millis,
  contracts: 1,
}));

it.each<[readonly string[], -1 | 1, string | null]>([
  [[], 1, '2026-11-27'],
  [[], -1, '2026-12-25'],
  [['2026-11-27'], 1, '2026-12-04'],
  [['2026-11-27', '2026-12-04'], 1, '2026-12-25'],
  [['2026-12-25'], 1, null],
  [['2026-11-27'], -1, null],
  [['2020-01-01'], 1, '2026-11-27'],
])('after %o comes, %i further, %s', (chosen, by, next) => {
  expect(neighbourExpiry(LISTED, chosen, by)).toBe(next);
});

it('there is no neighbour in an empty list', () => {
  expect(neighbourExpiry([], [], 1)).toBeUndefined();
});
