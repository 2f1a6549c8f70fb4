import { expect, it } from 'vitest';
import { searcher, searchWords } from '../../../src/model/search';
import { CALL, ticker } from '../examples';

const WORDS = searchWords(ticker(CALL));

it.each(['', 'btc', '100000', '100k', '100,000', '25dec', 'dec', 'c', 'call', 'usdt', '2026-12', 'dec 100k call', CALL])(
  '"%s" finds the call at 100,000',
  (text) => {
    expect(searcher(text)(WORDS)).toBe(true);
  },
);

it.each(['put', 'eth', '110k', 'dec 110k', '000', 'usdc'])('"%s" does not find it', (text) => {
  expect(searcher(text)(WORDS)).toBe(false);
});
