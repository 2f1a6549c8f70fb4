import { describe, expect, it } from 'vitest';
import type { Millis, Price } from '../../../src/format/units';
import {
  conditions,
  matcher,
  NO_FILTER,
  parseFilter,
  shownBound,
  writtenBound,
} from '../../../src/model/filter';
import { MEASURES } from '../../../src/model/measure';
import type { Params } from '../../../src/model/route';
import { FAR_PUT, PUT, USDC_CALL } from '../examples';
import { contract } from '../roster';

const NOW = Date.parse('2026-12-24T20:00:00Z') as Millis;

function passes(params: Params, one = contract()): boolean {
  return matcher(parseFilter(params), NOW)(one);
}

function measure(name: string): (typeof MEASURES)[number] {
  const found = MEASURES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no measure ${name}`);
  return found;
}

describe('conditions on the terms', () => {
  it.each<[Params, boolean]>([
    [{}, true],
    [{ kind: 'call' }, true],
    [{ kind: 'put' }, false],
    [{ settle: 'USDT' }, true],
    [{ settle: 'USDC' }, false],
    [{ expiry: '2026-12-25' }, true],
    [{ expiry: '2026-11-27,2026-12-25' }, true],
    [{ expiry: '2026-11-27' }, false],
    [{ min_strike: '100000', max_strike: '100000' }, true],
    [{ min_strike: '100001' }, false],
    [{ max_days: '0.5' }, true],
    [{ max_days: '0.49' }, false],
    [{ search: 'dec 100k' }, true],
    [{ search: 'put' }, false],
  ])('%o of the call at 100,000: %s', (params, expected) => {
    expect(passes(params)).toBe(expected);
  });

  it('know the settle coin of a symbol without one', () => {
    expect(passes({ settle: 'USDC' }, contract({}, USDC_CALL))).toBe(true);
  });
});

describe('conditions on values', () => {
  it('take the size of delta, for puts as for calls', () => {
    const put = contract({ delta: -0.25 }, PUT);
    expect(passes({ min_abs_delta: '0.2', max_abs_delta: '0.3' }, put)).toBe(true);
    expect(passes({ min_abs_delta: '0.26' }, put)).toBe(false);
  });

  it('compare the spread with the middle of bid and ask', () => {
    const wide = contract({ bid_price: 90 as Price, ask_price: 110 as Price });
    expect(passes({ min_spread: '0.2', max_spread: '0.2' }, wide)).toBe(true);
    expect(passes({ max_spread: '0.19' }, wide)).toBe(false);
  });

  it.each(['min_abs_delta', 'max_abs_delta', 'min_iv', 'max_iv', 'max_spread', 'min_volume', 'min_open_interest'])(
    'a contract without the value passes no %s',
    (bound) => {
      const bare = contract({ delta: null, mark_iv: null, bid_price: null, volume_24h: null, open_interest: null });
      expect(passes({ [bound]: bound.startsWith('min') ? '0' : '9' }, bare)).toBe(false);
    },
  );

  it('a value of zero is a value', () => {
    expect(passes({ max_abs_delta: '0' }, contract({ delta: 0 }))).toBe(true);
  });

  it('only quoted contracts have a bid and an ask', () => {
    expect(passes({ quoted: '1' }, contract({ bid_price: null }))).toBe(false);
    expect(passes({ quoted: '1' }, contract({ bid_price: 1 as Price, ask_price: 2 as Price }))).toBe(true);
  });

  it('only what came lately was updated within', () => {
    const late = contract({ ts_received: (NOW - 10_000) as Millis });
    expect(passes({ updated_within: '10' }, late)).toBe(true);
    expect(passes({ updated_within: '9' }, late)).toBe(false);
    expect(passes({ updated_within: '9' }, contract({ ts_received: null, ts_exchange: null }))).toBe(false);
  });

  it('lanes are told apart', () => {
    expect(passes({ lane: 'polled' }, contract({ lane: 'polled' }, FAR_PUT))).toBe(true);
    expect(passes({ lane: 'live' }, contract({ lane: 'polled' }, FAR_PUT))).toBe(false);
  });
});

it.each<Params>([
  { kind: 'straddle' },
  { min_iv: 'high' },
  { min_iv: '-1' },
  { max_strike: '' },
  { expiry: 'tomorrow' },
  { settle: 'usdt' },
  { lane: 'fast' },
  { updated_within: 'soon' },
  { quoted: 'yes' },
])('%o is malformed and counts as absent', (params) => {
  expect(conditions(parseFilter(params))).toEqual([]);
});

describe('conditions in words', () => {
  it('say what they ask for', () => {
    const found = conditions(
      parseFilter({ search: '110k', kind: 'put', min_iv: '0.8', min_strike: '90000', max_strike: '110000', expiry: '2026-12-25' }),
    );
    expect(found.map((one) => one.text)).toEqual(['“110k”', '25 Dec 26', 'Puts', 'Strike 90,000–110,000', 'Mark IV ≥ 80%']);
  });

  it('each lift themselves, and lifting all lifts everything', () => {
    const params = { search: 'x', quoted: '1', lane: 'live', updated_within: '60', settle: 'USDC', max_spread: '0.05' };
    for (const { lift } of conditions(parseFilter(params))) {
      const left = Object.entries(params).filter(([name]) => !(name in lift));
      expect(left).toHaveLength(Object.keys(params).length - 1);
    }
    expect(Object.keys(params).every((name) => NO_FILTER[name] === null)).toBe(true);
  });
});

describe('bounds that people write', () => {
  it('are in percent where fractions are', () => {
    expect(writtenBound(measure('iv'), '57')).toBe('0.57');
    expect(shownBound(measure('iv'), 0.57)).toBe(57);
    expect(writtenBound(measure('strike'), '110,000')).toBe('110000');
  });

  it.each(['', 'x', '-5'])('"%s" is none', (text) => {
    expect(writtenBound(measure('iv'), text)).toBeNull();
  });
});
