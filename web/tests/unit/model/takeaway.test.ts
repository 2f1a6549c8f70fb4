import { describe, expect, it } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { Params } from '../../../src/model/route';
import { type Extract, fileNameOf, filePath, fileText } from '../../../src/model/takeaway';
import { CALL, ticker } from '../examples';

function path(params: Params, more: Partial<Extract> = {}): string | null {
  return filePath({ coin: 'BTC', params, order: null, symbols: [], ...more }, 'csv');
}

describe('the path of a file', () => {
  it.each<[Params, string]>([
    [{}, 'underlying=BTC&format=csv'],
    [{ kind: 'put', lane: 'live', min_iv: '0.8' }, 'underlying=BTC&kind=put&lane=live&min_iv=0.8&format=csv'],
    [{ expiry: '2026-12-25', updated_within: '60' }, 'underlying=BTC&expiry=2026-12-25&updated_within=60&format=csv'],
    [{ min_abs_delta: '0.2', max_abs_delta: '0.3' }, 'underlying=BTC&min_abs_delta=0.2&max_abs_delta=0.3&format=csv'],
    [{ min_volume: '5', search: ' ', settle: 'usdt' }, 'underlying=BTC&min_volume=5&format=csv'],
  ])('%o is %s', (params, query) => {
    expect(path(params)).toBe(`/tickers?${query}`);
  });

  it.each<Params>([
    { search: 'dec' },
    { quoted: '1' },
    { max_spread: '0.1' },
    { max_volume: '5' },
    { max_days: '1' },
    { expiry: '2026-11-27,2026-12-25' },
  ])('%o names the contracts, as the server has no such condition', (params) => {
    expect(path(params, { symbols: ['A', 'B'] })).toBe('/tickers?symbols=A%2CB&format=csv');
    expect(path(params, { symbols: Array.from({ length: 501 }, String) })).toBeNull();
  });

  it('keeps an order that the server knows', () => {
    expect(path({}, { order: { key: 'mark_iv', down: true } })).toContain('&sort=-mark_iv&');
    expect(path({}, { order: { key: 'spread_share', down: true } })).not.toContain('sort');
  });

  it('is of all coins without one', () => {
    expect(path({}, { coin: null })).toBe('/tickers?format=csv');
  });
});

describe('a file made here', () => {
  it('is CSV with a header, absent values empty', () => {
    const [head, line, end] = fileText([ticker(CALL, { bid_price: null })], 'csv').split('\r\n');
    const at = head?.split(',').indexOf('bid_price') ?? -1;
    expect(head?.startsWith('symbol,underlying,settle,expiry,expiry_at')).toBe(true);
    expect(line?.split(',')[at]).toBe('');
    expect(line?.startsWith(`${CALL},BTC`)).toBe(true);
    expect(end).toBe('');
  });

  it('is NDJSON with a contract on each line', () => {
    const [line, end] = fileText([ticker(CALL)], 'ndjson').split('\n');
    expect(JSON.parse(line ?? '')).toEqual(ticker(CALL));
    expect(end).toBe('');
  });
});

it('the name of a file has coin and time', () => {
  const now = Date.parse('2026-11-22T14:12:33Z') as Millis;
  expect(fileNameOf('BTC', 'csv', now)).toBe('voltape-contracts-BTC-2026-11-22T1412Z.csv');
  expect(fileNameOf(null, 'parquet', now)).toBe('voltape-contracts-2026-11-22T1412Z.parquet');
});
