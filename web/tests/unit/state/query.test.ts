import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Fields, numberOf } from '../../../src/net/checks';
import { Refused, Unreachable } from '../../../src/net/rest';
import { Query } from '../../../src/state/query.svelte';

const EVERY = 1_000;

let answers: (Fields | Error)[];
let asked: string[];
let query: Query<number>;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  asked = [];
  query = new Query({
    rest: {
      read: async (path) => {
        asked.push(path);
        const answer = answers.shift() ?? { n: asked.length };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    parse: (answer) => numberOf(answer['n'], 'n'),
    every: EVERY,
  });
});

afterEach(() => {
  query.stop();
  vi.useRealTimers();
});

it('asks at once and then at intervals, until it is stopped', async () => {
  query.ask('/a');
  await vi.advanceTimersByTimeAsync(2 * EVERY + 10);
  expect([query.value, query.outcome, asked]).toEqual([3, 'ok', ['/a', '/a', '/a']]);
  query.stop();
  await vi.advanceTimersByTimeAsync(5 * EVERY);
  expect(asked).toHaveLength(3);
});

it('keeps what it knew while the server is away', async () => {
  answers = [{ n: 7 }, new Unreachable('/a'), { n: 'x' }];
  query.ask('/a');
  await vi.advanceTimersByTimeAsync(EVERY + 10);
  expect([query.value, query.outcome]).toEqual([7, 'unreachable']);
  await vi.advanceTimersByTimeAsync(EVERY);
  expect([query.value, query.outcome]).toEqual([7, 'unreachable']);
});

it('says why it was refused', async () => {
  answers = [new Refused('no such expiry')];
  query.ask('/a');
  await vi.advanceTimersByTimeAsync(10);
  expect([query.value, query.outcome, query.reason]).toEqual([null, 'refused', 'no such expiry']);
});

it('forgets the answer to another question', async () => {
  query.ask('/a');
  await vi.advanceTimersByTimeAsync(10);
  query.ask('/b');
  expect([query.value, query.outcome]).toEqual([null, 'waiting']);
  await vi.advanceTimersByTimeAsync(10);
  expect(query.value).toBe(2);
});
