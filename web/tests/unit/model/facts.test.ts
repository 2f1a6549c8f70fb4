import { expect, it } from 'vitest';
import type { Price } from '../../../src/format/units';
import { FACTS, quote } from '../../../src/model/facts';
import type { Ticker } from '../../../src/model/ticker';
import { TICKER_FIELDS } from '../../../src/net/protocol';
import { CALL, ticker } from '../examples';

const ALL = FACTS.flatMap((group) => group.facts);
const clock = (at: number): string => `at ${at}`;
const SCALE = { quote: 0, mark: 2, greek: 2 };

it('tells every field of a contract once', () => {
  expect(ALL.map((fact) => fact.field).sort()).toEqual([...TICKER_FIELDS].sort());
});

it('prints a dash for what is absent and never a zero', () => {
  const may = ALL.filter((fact) => !['underlying', 'settle', 'expiry', 'expiry_at', 'strike', 'kind', 'symbol', 'stale'].includes(fact.field));
  const empty = { ...ticker(CALL), ...Object.fromEntries(may.map((fact) => [fact.field, null])) } as Ticker;
  for (const fact of may) expect(fact.text(empty, SCALE, clock), fact.field).toBe('–');
});

it('prints values with their units', () => {
  const text = (field: string, changes: Partial<Ticker>): string | undefined =>
    ALL.find((fact) => fact.field === field)?.text(ticker(CALL, changes), SCALE, clock);
  expect(text('mark_iv', { mark_iv: 0.4896 as never })).toBe('49.0%');
  expect(text('delta', { delta: 0.5 })).toBe('+0.500');
  expect(text('ts_received', { ts_received: 12 as never })).toBe('at 12');
  expect(text('expiry_at', { expiry_at: '2026-12-25T08:00:00Z' })).toBe('2026-12-25 08:00 UTC');
  expect(text('stale', { stale: true })).toBe('yes');
});

it('prints small prices with more digits than large ones', () => {
  const prices = [5_394.2809, 12.345678, 5, 0.0012].map((value) => quote(value as Price));
  expect(prices).toEqual(['5,394.28', '12.3457', '5.00', '0.0012']);
});
