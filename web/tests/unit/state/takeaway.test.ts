import { expect, it } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { Contract } from '../../../src/model/roster';
import type { Params } from '../../../src/model/route';
import type { Format } from '../../../src/model/takeaway';
import { Refused, Unauthorised, Unreachable } from '../../../src/net/rest';
import { takeAway, type Taken } from '../../../src/state/takeaway';
import { contract } from '../roster';

const NOW = Date.parse('2026-12-01T00:00:00Z') as Millis;
const MANY: readonly Contract[] = Array.from({ length: 501 }, () => contract());

function take(format: Format, search: string, answer: () => Promise<Blob>): Promise<Taken> {
  const params: Params = search === '' ? {} : { search };
  return takeAway({ file: answer }, { coin: 'BTC', params, rows: MANY, now: NOW, format });
}

const unasked = (): Promise<Blob> => Promise.reject(new Error('the server was asked'));

it('is what the server made, where it knows the conditions', async () => {
  const made = new Blob(['rows']);
  const taken = await take('parquet', '', () => Promise.resolve(made));
  expect(taken).toEqual({ failure: null, content: made, name: 'voltape-contracts-BTC-2026-12-01T0000Z.parquet' });
});

it('is made of what is here where the server does not know a condition', async () => {
  const taken = await take('csv', 'dec', unasked);
  if (taken.failure !== null) throw new Error(taken.failure);
  expect((await taken.content.text()).split('\r\n')).toHaveLength(503);
});

it('is refused with a reason where nobody can make it', async () => {
  expect((await take('parquet', 'dec', unasked)).failure).toContain('500 contracts or fewer');
});

it.each([
  [new Refused('arrow is missing'), 'arrow is missing'],
  [new Unauthorised('x'), 'token'],
  [new Unreachable('x'), 'did not answer'],
])('%o is told in a sentence', async (error, words) => {
  expect((await take('csv', '', () => Promise.reject(error))).failure).toContain(words);
});
