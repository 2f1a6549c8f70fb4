import { expect, it } from 'vitest';
import { conditions, parseFilter } from '../../../src/model/filter';
import { isSortKey } from '../../../src/model/fields';
import { CONTRACT_PRESETS, isPreset, presetChanges } from '../../../src/model/preset';

it.each(CONTRACT_PRESETS)('$name is made of conditions and orders that exist', ({ params }) => {
  expect(conditions(parseFilter(params)).length).toBeGreaterThan(0);
  expect(isSortKey((params['sort'] ?? 'strike').replace('-', ''))).toBe(true);
});

it.each(CONTRACT_PRESETS)('$name is known again in the address, beside settings of other kinds', (preset) => {
  expect(isPreset(preset, { ...preset.params, coins: 'all', contract: 'X' })).toBe(true);
  expect(isPreset(preset, { ...preset.params, kind: 'put' })).toBe(false);
});

it('lifts other conditions', () => {
  for (const preset of CONTRACT_PRESETS) expect(presetChanges(preset)['search']).toBeNull();
});
