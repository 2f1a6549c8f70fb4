import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Fields } from '../../../src/net/checks';
import { Refused, Unreachable } from '../../../src/net/rest';
import type { Follower } from '../../../src/state/channels';
import { TapeState } from '../../../src/state/tape.svelte';
import { trade, tradeFields, tradesMessage } from '../trades';

const PATH = '/trades?underlying=BTC&limit=500';

let answers: Record<string, Fields | Error>;
let asked: string[];
let followers: Map<string, Follower>;
let tape: TapeState;

async function settle(ms = 1): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

function follower(): Follower {
  const found = followers.get('trades.BTC');
  if (found === undefined) throw new Error('nobody follows it');
  return found;
}

function ids(): string[] {
  return tape.prints.map((print) => print.trade.id);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  followers = new Map();
  const older = [tradeFields({ id: 'r2', ts_exchange: 20 }), tradeFields({ id: 'r1', ts_exchange: 10 })];
  answers = { [PATH]: { data: older }, '/gaps?limit=100': { data: [] } };
  tape = new TapeState({
    rest: {
      read: async (path) => {
        asked.push(path);
        const answer = answers[path] ?? { data: [] };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    channels: {
      follow: (channel, one) => {
        followers.set(channel, one);
        return () => followers.delete(channel);
      },
    },
  });
});

afterEach(() => {
  tape.stop();
  vi.useRealTimers();
});

it('joins what was there before and what comes, each trade once, newest first', async () => {
  tape.watch(['BTC']);
  follower().take(tradesMessage(1, [trade({ id: 'r2', ts_exchange: 20 }), trade({ id: 's1', ts_exchange: 30 })], true));
  await settle();
  expect(follower().take(tradesMessage(2, [trade({ id: 'd1', ts_exchange: 40 })]))).toBe(true);
  tape.publish();
  expect(ids()).toEqual(['d1', 's1', 'r2', 'r1']);
  expect(asked.filter((path) => path === PATH)).toHaveLength(1);
});

it('shows what was there before although nothing is traded', async () => {
  tape.watch(['BTC']);
  expect(tape.loaded).toBe(false);
  await settle();
  expect([tape.loaded, ids()]).toEqual([true, ['r2', 'r1']]);
});

it('keeps a trade behind a missing message, asks for the channel again and for what came meanwhile', async () => {
  tape.watch(['BTC']);
  follower().take(tradesMessage(1, [], true));
  await settle();
  expect(follower().take(tradesMessage(5, [trade({ id: 'd5', ts_exchange: 50 })]))).toBe(false);
  answers[PATH] = { data: [tradeFields({ id: 'm1', ts_exchange: 45 })] };
  follower().take(tradesMessage(6, [], true));
  await settle();
  tape.publish();
  expect(ids().slice(0, 2)).toEqual(['d5', 'm1']);
});

it('follows other coins instead', async () => {
  tape.watch(['BTC']);
  await settle();
  tape.watch(['BTC', 'ETH']);
  expect([...followers.keys()]).toEqual(['trades.BTC', 'trades.ETH']);
  expect(tape.prints).toEqual([]);
  await settle();
  tape.watch(['ETH', 'BTC']);
  expect(tape.prints).toHaveLength(2);
  tape.stop();
  expect([followers.size, vi.getTimerCount()]).toEqual([0, 0]);
});

it('says why the server gives no trades, and recovers', async () => {
  answers[PATH] = new Refused('trades are not kept here: VOLTAPE_TRADES is off');
  tape.watch(['BTC']);
  await settle();
  expect(tape.refusal).toContain('VOLTAPE_TRADES');
  answers[PATH] = { data: [] };
  await settle(10_100);
  expect([tape.refusal, tape.loaded]).toEqual([null, true]);
});

it('tries again while the server is away', async () => {
  answers[PATH] = new Unreachable(PATH);
  tape.watch(['BTC']);
  await settle(20_500);
  expect(asked.filter((path) => path === PATH)).toHaveLength(3);
  expect([tape.refusal, tape.loaded]).toEqual([null, false]);
});

it('holds the newest two thousand trades', async () => {
  answers[PATH] = { data: [] };
  tape.watch(['BTC']);
  await settle();
  const many = Array.from({ length: 2_100 }, (_, index) => trade({ id: `t${index}`, ts_exchange: index }));
  follower().take(tradesMessage(1, many, true));
  tape.publish();
  expect([tape.prints.length, ids()[0], ids().at(-1)]).toEqual([2_000, 't2099', 't100']);
  expect(Number.isFinite(tape.large)).toBe(true);
});
