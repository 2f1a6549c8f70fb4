import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { Fields } from '../../../src/net/checks';
import type { Delta, Snapshot } from '../../../src/net/protocol';
import { Refused, Unauthorised, Unreachable } from '../../../src/net/rest';
import { ContractState } from '../../../src/state/contract.svelte';
import { CALL, change, PUT, ticker } from '../examples';

const CHANNEL = `ticker.${CALL}`;
const BEFORE = Date.parse('2026-09-26T12:00:00Z') as Millis;
const AFTER = Date.parse('2026-12-25T08:00:01Z') as Millis;

let answers: Record<string, Fields | Error>;
let written: string[];
let failure: Error | null;
let followed: string[];
let asked: (string | null)[];
let token: boolean;
let contract: ContractState;

function snapshot(seq = 1, changes = {}): Snapshot {
  return { type: 'snapshot', channel: CHANNEL, seq, ts: BEFORE, data: [ticker(CALL, { ts_received: BEFORE, ...changes })] };
}

function delta(seq: number, fields: Record<string, unknown>, removed: readonly string[] = []): Delta {
  const data = removed.length === 0 ? [change(CALL, fields)] : [];
  return { type: 'delta', channel: CHANNEL, seq, ts: BEFORE, data, removed };
}

/** Lets pending answers arrive. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1);
}

beforeEach(() => {
  vi.useFakeTimers();
  answers = { [`/tickers/${CALL}`]: {}, '/pins': { data: [] }, [`/trades?symbol=${CALL}&limit=20`]: { data: [] } };
  written = [];
  failure = null;
  followed = [];
  asked = [];
  token = true;
  contract = new ContractState({
    rest: {
      read: async (path) => {
        const answer = answers[path] ?? new Unreachable(path);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      write: async (method, path) => {
        written.push(`${method} ${path}`);
        if (failure !== null) throw failure;
        return {};
      },
    },
    channels: {
      follow: (channel) => {
        followed.push(channel);
        return () => followed.splice(followed.indexOf(channel), 1);
      },
      ask: (channel) => asked.push(channel),
    },
    tokenGiven: () => token,
  });
  contract.watch(CALL);
});

afterEach(() => {
  contract.watch(null);
  vi.useRealTimers();
});

describe('what is shown', () => {
  it('waits for the first figures and shows them when published', () => {
    expect(contract.absence(BEFORE)).toBe('loading');
    contract.take(snapshot());
    expect(contract.ticker).toBeNull();
    contract.publish();
    expect(contract.ticker?.symbol).toBe(CALL);
    expect(contract.absence(BEFORE)).toBeNull();
  });

  it('follows deltas, and asks again after one that is missing', () => {
    contract.take(snapshot(1));
    expect(contract.take(delta(2, { mark_price: 7 }))).toBe(true);
    contract.publish();
    expect(contract.ticker?.mark_price).toBe(7);
    expect(contract.take(delta(4, { mark_price: 8 }))).toBe(false);
  });

  it('follows one contract at a time and none when closed', () => {
    expect(followed).toEqual([CHANNEL]);
    contract.watch(PUT);
    expect(followed).toEqual([`ticker.${PUT}`]);
    contract.watch(null);
    expect(followed).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('forgets the contract before', () => {
    contract.take(snapshot());
    contract.publish();
    contract.watch(PUT);
    expect([contract.ticker, contract.course.prices, contract.since]).toEqual([null, [], null]);
  });
});

describe('a contract that is not there', () => {
  it('says that it is unknown, with the words of the server', async () => {
    answers[`/tickers/${CALL}`] = new Refused('near it are others');
    contract.watch(null);
    contract.watch(CALL);
    await settle();
    expect([contract.absence(BEFORE), contract.reason]).toEqual(['unknown', 'near it are others']);
  });

  it('says that it has expired', async () => {
    expect(contract.absence(AFTER)).toBe('expired');
    await settle();
  });

  it('is asked for again, and its channel once it is known', async () => {
    answers[`/tickers/${CALL}`] = new Refused('no');
    contract.watch(null);
    contract.watch(CALL);
    await settle();
    answers[`/tickers/${CALL}`] = {};
    await vi.advanceTimersByTimeAsync(5_100);
    expect(asked).toContain(CHANNEL);
    contract.take(snapshot());
    contract.publish();
    expect(contract.absence(BEFORE)).toBeNull();
  });

  it('keeps its last figures when it is delivered', () => {
    contract.take(snapshot(1));
    contract.publish();
    contract.take(delta(2, {}, [CALL]));
    contract.publish();
    expect(contract.ticker?.symbol).toBe(CALL);
    expect(contract.absence(AFTER)).toBe('expired');
  });
});

describe('charts', () => {
  it('get a point for each change, at most four a second', () => {
    contract.take(snapshot(1));
    for (let index = 1; index <= 20; index += 1) {
      contract.take(delta(1 + index, { mark_price: index, ts_received: BEFORE + index * 100 }));
    }
    contract.publish();
    expect(contract.course.prices[0]).toHaveLength(7);
    expect(contract.since).not.toBeNull();
  });

  it('keep the newest 1,200 points', () => {
    contract.take(snapshot(1));
    for (let index = 1; index <= 1_300; index += 1) {
      contract.take(delta(1 + index, { mark_price: index, ts_received: BEFORE + index * 1_000 }));
    }
    contract.publish();
    expect(contract.course.iv[0]).toHaveLength(1_200);
    expect(contract.course.prices[2]?.at(-1)).toBe(1_300);
  });

  it('have a hole where the stream was interrupted', () => {
    contract.take(snapshot(1));
    contract.distrust();
    contract.take(snapshot(9, { ts_received: BEFORE + 5_000 }));
    contract.publish();
    expect(contract.course.forward[1]).toHaveLength(3);
    expect(contract.course.forward[1]?.[1]).toBeNull();
  });
});

describe('pins', () => {
  it('are known from the server', async () => {
    answers['/pins'] = { data: [{ symbol: CALL }] };
    contract.watch(null);
    contract.watch(CALL);
    expect(contract.pinned).toBeNull();
    await settle();
    expect(contract.pinned).toBe(true);
  });

  it('are set and let go of', async () => {
    await settle();
    answers['/pins'] = { data: [{ symbol: CALL }] };
    await contract.togglePin();
    expect([contract.pinned, contract.pinProblem]).toEqual([true, null]);
    await contract.togglePin();
    expect(written).toEqual([`PUT /pins/${CALL}`, `DELETE /pins/${CALL}`]);
  });

  it('are not even asked for without a token', async () => {
    token = false;
    await contract.togglePin();
    expect(written).toEqual([]);
    expect(contract.pinProblem).toContain('VOLTAPE_API_TOKEN');
  });

  it.each([
    [new Unauthorised('x'), 'does not accept the token'],
    [new Unreachable('x'), 'did not answer'],
    [new Refused('no tracker'), 'no tracker'],
  ])('say what went wrong: %s', async (error, words) => {
    failure = error;
    await contract.togglePin();
    expect(contract.pinProblem).toContain(words);
    expect(contract.pinBusy).toBe(false);
  });
});
