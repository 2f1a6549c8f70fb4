import { describe, expect, it } from 'vitest';
import { DASH } from '../../../src/format/number';
import type { Price } from '../../../src/format/units';
import {
  COLUMNS,
  columnsOf,
  isColumnKey,
  PRESET_NAMES,
  PRESETS,
  presetOf,
  toggleColumn,
} from '../../../src/model/columns';
import { CALL, FAR_PUT, ticker } from '../examples';

const SCALE = { quote: 0, mark: 2, greek: 2 };

function shown(symbol: string, changes = {}): Record<string, string> {
  const one = ticker(symbol, changes);
  return Object.fromEntries(COLUMNS.map((column) => [column.key, column.text(one, SCALE)]));
}

describe('texts', () => {
  it('of a live contract', () => {
    expect(shown(CALL)).toEqual({
      delta: '+0.522',
      bid_size: '4.1',
      bid_price: '8,745',
      mark_price: '8,816.39',
      ask_price: '8,885',
      ask_size: '3.02',
      spread: '140',
      bid_iv: '48.4%',
      mark_iv: '49.0%',
      ask_iv: '49.7%',
      gamma: '0.0000167',
      vega: '194.47',
      theta: '−53.00',
      last_price: '8,775',
      change_24h: '+8.3%',
      volume_24h: '26.55',
      open_interest: '1.3K',
    });
  });

  it('are dashes for what is absent, and zeros for what is zero', () => {
    const texts = shown(FAR_PUT);
    expect(texts).toMatchObject({ bid_price: DASH, ask_iv: DASH, last_price: DASH, change_24h: DASH });
    expect(texts).toMatchObject({ open_interest: '0', volume_24h: '0' });
  });

  it('have no spread while a side is missing', () => {
    expect(shown(CALL, { bid_price: null })['spread']).toBe(DASH);
    expect(shown(CALL, { bid_price: 8_885 as Price })['spread']).toBe('0');
  });
});

describe('presets', () => {
  it('hold columns that exist and start next to the strike with delta', () => {
    for (const name of PRESET_NAMES) {
      expect(columnsOf(PRESETS[name])).toHaveLength(PRESETS[name].length);
      expect(PRESETS[name][0]).toBe('delta');
      expect(presetOf(PRESETS[name])).toBe(name);
    }
    expect(presetOf(['delta'])).toBeNull();
  });
});

describe('toggleColumn', () => {
  it('adds a column at its usual place and removes it again', () => {
    const more = toggleColumn(['delta', 'ask_price'], 'bid_price');
    expect(more).toEqual(['delta', 'bid_price', 'ask_price']);
    expect(toggleColumn(more, 'bid_price')).toEqual(['delta', 'ask_price']);
  });

  it('keeps the last column', () => {
    expect(toggleColumn(['delta'], 'delta')).toEqual(['delta']);
  });
});

it('knows its own keys', () => {
  expect(isColumnKey('delta')).toBe(true);
  expect(isColumnKey('rho')).toBe(false);
});
