import { describe, expect, it } from 'vitest';
import { age } from '../../../src/format/time';
import type { Millis, Price } from '../../../src/format/units';
import {
  type Field,
  FIGURES,
  IDENTITY,
  isSortKey,
  sortField,
  tableFields,
} from '../../../src/model/fields';
import { contract, exampleRoster } from '../roster';

const NOW = Date.parse('2026-12-24T20:00:00Z') as Millis;
const SIGHT = { scale: exampleRoster().scale('BTC'), now: NOW, usd: false };

function field(key: string): Field {
  const found = sortField(key);
  if (found === undefined) throw new Error(`no field ${key}`);
  return found;
}

it('every field has a name of its own', () => {
  const keys = [...IDENTITY, ...FIGURES].map((one) => one.key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.every(isSortKey)).toBe(true);
});

describe('identity', () => {
  it('is told in six fields', () => {
    const texts = IDENTITY.map((one) => one.text(contract(), SIGHT));
    expect(texts).toEqual(['BTC', '25 Dec 26', '12h', '100,000', 'Call', 'USDT']);
  });

  it('is told in one field where there is little room', () => {
    const [first] = tableFields(['delta'], true);
    expect(first?.text(contract(), SIGHT)).toBe('100,000 Call\nBTC 25 Dec 26 USDT');
  });
});

describe('figures', () => {
  it('tell the spread in percent, and a dash without one', () => {
    expect(field('spread_share').text(contract({ bid_price: 90 as Price, ask_price: 110 as Price }), SIGHT)).toBe('20.0%');
    expect(field('spread_share').text(contract({ bid_price: null }), SIGHT)).toBe('–');
  });

  it('order by age with the newest first, and without a time last', () => {
    const [young, old] = [1_000, 9_000].map((ms) => contract({ ts_received: (NOW - ms) as Millis }));
    if (young === undefined || old === undefined) throw new Error('two contracts');
    expect(Number(field('age').value(young))).toBeLessThan(Number(field('age').value(old)));
    expect(field('age').value(contract({ ts_received: null, ts_exchange: null }))).toBeNull();
    expect(field('age').text(young, SIGHT)).toBe(age(1_000));
  });
});
