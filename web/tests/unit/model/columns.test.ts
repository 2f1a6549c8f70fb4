import { describe, expect, it } from 'vitest';
import { DASH } from '../../../src/format/number';
import type { Level, Millis, Price } from '../../../src/format/units';
import {
  COLUMNS,
  columnsOf,
  helpOf,
  isColumnKey,
  labelOf,
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
      age: DASH,
      turnover_24h: '2.6M',
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

describe('amounts', () => {
  const dollars = { usd: true, now: null };
  const [interest] = columnsOf(['open_interest']);
  const [delta] = columnsOf(['delta']);

  it('are shown in US dollars at the index price on request', () => {
    const one = ticker(CALL, { index_price: 100_000 as Level });
    expect(interest?.text(one, SCALE, dollars)).toBe('125.0M');
    expect(interest?.text(ticker(CALL, { index_price: null }), SCALE, dollars)).toBe(DASH);
    expect(interest?.text(ticker(CALL, { open_interest: null }), SCALE, dollars)).toBe(DASH);
  });

  it('say in their heading which it is', () => {
    if (interest === undefined || delta === undefined) throw new Error('no such column');
    expect([labelOf(interest, false), labelOf(interest, true), labelOf(delta, true)]).toEqual(['OI', 'OI $', 'Delta']);
    expect(helpOf(interest, true)).toContain('US dollars');
    expect(helpOf(interest, false)).toContain('units of the underlying');
    expect(helpOf(delta, true)).toBe(delta.help);
  });
});

describe('age', () => {
  const [age] = columnsOf(['age']);
  const now = (at: number) => ({ usd: false, now: at as Millis });

  it('is the time since the data came, never below zero', () => {
    const one = ticker(CALL, { ts_received: 10_000 as Millis });
    expect([age?.text(one, SCALE, now(12_500)), age?.text(one, SCALE, now(9_000))]).toEqual(['2 s', '<1 s']);
  });

  it('is absent where nothing came yet', () => {
    expect(age?.text(ticker(CALL, { ts_received: null, ts_exchange: null }), SCALE, now(1))).toBe(DASH);
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
