import { strikeFromText } from './chain';
import type { Ticker } from './ticker';

/** From this length on a word is also looked for inside of another: "dec" in "25dec26". */
const INSIDE_FROM = 3;

/** Everything in lower case that a contract may be found by: the parts of its name, its date, its kind. */
export function searchWords(ticker: Ticker): string[] {
  const parts = ticker.symbol.toLowerCase().split('-');
  return [...new Set([...parts, ticker.expiry, ticker.kind, ticker.settle.toLowerCase(), ticker.symbol.toLowerCase()])];
}

/**
 * A test for contracts that a typed text means: each of its words has to begin one of theirs. A strike may
 * be written "110,000" or "110k", and is then meant as a whole.
 */
export function searcher(text: string): (words: readonly string[]) => boolean {
  const wanted = text.toLowerCase().split(/\s+/).filter((word) => word !== '').map(plain);
  return (words) => wanted.every((word) => words.some((one) => begins(one, word)));
}

function begins(one: string, word: string): boolean {
  return one.startsWith(word) || (word.length >= INSIDE_FROM && /[a-z]/.test(word) && one.includes(word));
}

function plain(word: string): string {
  if (!/[,k]/.test(word)) return word;
  const strike = strikeFromText(word);
  return strike === null ? word : String(strike);
}
