import { expect, it } from 'vitest';
import { deliveryOf, plainName, symbolsIn, termsOf } from '../../../src/model/symbol';

it('reads what a name tells', () => {
  expect(termsOf('BTC-4DEC26-110000-C-USDT')).toEqual({
    underlying: 'BTC',
    expiry: '2026-12-04',
    strike: 110_000,
    kind: 'call',
    settle: 'USDT',
  });
  expect(termsOf('SOL-25DEC26-182.5-P')).toMatchObject({ strike: 182.5, kind: 'put', settle: 'USDC' });
});

it.each(['', 'BTC', 'BTC-25DEZ26-1-C', 'BTC-25DEC26-x-C', 'BTC-25DEC26-1-X', ' BTC-25DEC26-1-C'])(
  'takes %j for no contract',
  (text) => {
    expect(termsOf(text)).toBeNull();
    expect(plainName(text)).toBe(text);
  },
);

it('says a name in plain words', () => {
  expect(plainName('BTC-25DEC26-110000-C-USDT')).toBe('BTC 110,000 call, 25 Dec 2026, USDT');
});

it('knows that delivery is at eight in the morning', () => {
  expect(new Date(deliveryOf('2026-12-25')).toISOString()).toBe('2026-12-25T08:00:00.000Z');
});

it('finds the contracts that a sentence mentions, each once', () => {
  const text = "no contract 'X'; near it are BTC-25DEC26-1-C-USDT, SOL-4DEC26-182.5-P, BTC-25DEC26-1-C-USDT";
  expect(symbolsIn(text)).toEqual(['BTC-25DEC26-1-C-USDT', 'SOL-4DEC26-182.5-P']);
});
