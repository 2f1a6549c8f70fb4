import { describe, expect, it } from 'vitest';
import { amountOf, FILTER_PARAMS, filterOf, filters, passes } from '../../../src/model/tapefilter';
import { print } from '../trades';

describe('filterOf', () => {
  it('reads an address', () => {
    const filter = filterOf({ side: 'buy', kind: 'put', expiry: '2026-12-25', min_size: '0.5', min_notional: '250k', blocks: '1' });
    expect(filter).toEqual({ side: 'buy', kind: 'put', expiry: '2026-12-25', size: 0.5, notional: 250_000, blocks: true });
    expect(filters(filter)).toBe(true);
  });

  it('does not filter by what makes no sense', () => {
    const nonsense = Object.fromEntries(FILTER_PARAMS.map((name) => [name, 'x']));
    expect(filters(filterOf(nonsense))).toBe(false);
    expect(filters(filterOf({ coins: 'all' }))).toBe(false);
  });
});

it.each([
  ['250000', 250_000],
  ['$250,000', 250_000],
  ['1.5m', 1_500_000],
  [' 10 K ', 10_000],
  ['.5', 0.5],
  ['0', null],
  ['-1', null],
  ['1e3', null],
  ['', null],
  [undefined, null],
])('reads the amount %j as %j', (text, amount) => {
  expect(amountOf(text)).toBe(amount);
});

describe('passes', () => {
  it.each([
    [{ side: 'sell' }, true],
    [{ side: 'buy' }, false],
    [{ kind: 'call' }, true],
    [{ kind: 'put' }, false],
    [{ expiry: '2027-03-26' }, true],
    [{ expiry: '2026-12-25' }, false],
    [{ min_size: '4' }, true],
    [{ min_size: '4.01' }, false],
    [{ min_notional: '440k' }, true],
    [{ min_notional: '441k' }, false],
    [{ blocks: '1' }, false],
  ])('judges by %j: %j', (params, expected) => {
    expect(passes(filterOf(params), print())).toBe(expected);
  });

  it('lets no trade without a notional through a least one', () => {
    expect(passes(filterOf({ min_notional: '1' }), print({ notional: null }))).toBe(false);
  });
});
