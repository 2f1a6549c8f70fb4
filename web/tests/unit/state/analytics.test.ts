import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Fields, parseObject } from '../../../src/net/checks';
import { Refused, Unreachable } from '../../../src/net/rest';
import { PositioningFigures, type Source, VolatilityFigures } from '../../../src/state/analytics.svelte';
import index from '../../../../tests/data/api/volatility_index.json?raw';
import smile from '../../../../tests/data/api/smile.json?raw';

let asked: string[];
let answer: (path: string) => Fields | Error;
let paused: boolean;
let source: Source;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  paused = false;
  stop = () => undefined;
  answer = (path) => new Refused(`nothing at ${path}`);
  source = {
    paused: () => paused,
    rest: {
      read: async (path) => {
        asked.push(path);
        const found = answer(path);
        if (found instanceof Error) throw found;
        return found;
      },
    },
  };
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

function opened<T extends { stop(): void }>(figures: T): T {
  stop = () => figures.stop();
  return figures;
}

it('asks for everything of a coin, and the history of one field', async () => {
  opened(new VolatilityFigures(source)).ask('BTC', 'atm_iv_30d');
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toContain('/analytics/BTC/term-structure');
  expect(asked).toContain('/analytics/BTC/history?field=atm_iv_30d');
  expect(asked).toHaveLength(7);
});

it('keeps a smile that is still wanted, and asks only for the new one', async () => {
  answer = () => parseObject(smile);
  const { smiles } = opened(new VolatilityFigures(source));
  smiles.ask('BTC', ['2026-12-25']);
  await vi.advanceTimersByTimeAsync(10);
  asked = [];
  smiles.ask('BTC', ['2026-12-25', '2027-03-26']);
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual(['/analytics/BTC/smile?expiry=2027-03-26']);
  expect(smiles.values).toHaveLength(2);
  smiles.ask('ETH', ['2026-12-25']);
  expect(smiles.values).toHaveLength(0);
});

it('says why there is nothing', async () => {
  const figures = opened(new VolatilityFigures(source));
  figures.ask('BTC', 'volatility_index');
  expect(figures.index.empty).toBe('Waiting for the first figures.');
  await vi.advanceTimersByTimeAsync(10);
  expect(figures.index.empty).toContain('nothing at');
});

it('keeps the last figures while the server is away', async () => {
  answer = () => parseObject(index);
  const figures = opened(new VolatilityFigures(source));
  figures.ask('BTC', 'volatility_index');
  await vi.advanceTimersByTimeAsync(10);
  answer = (path) => new Unreachable(path);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(figures.index.outcome).toBe('unreachable');
  expect([figures.index.value?.prices, figures.index.empty]).toEqual(['mark', null]);
});

it('asks nothing more once it is stopped', async () => {
  const figures = opened(new PositioningFigures(source));
  figures.ask('BTC', '2026-12-25');
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toContain('/analytics/BTC/gamma-exposure?expiry=2026-12-25');
  expect(asked).toContain('/analytics/BTC/open-interest');
  figures.stop();
  asked = [];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});

it('holds still while paused, but answers another question', async () => {
  let value = 50;
  answer = () => ({ ...parseObject(index), value: (value += 1) });
  const figures = opened(new VolatilityFigures(source));
  figures.ask('BTC', 'volatility_index');
  await vi.advanceTimersByTimeAsync(10);
  const before = figures.index.value?.value;
  paused = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(figures.index.value?.value).toBe(before);
  figures.ask('ETH', 'volatility_index');
  expect(figures.index.value).toBeNull();
  await vi.advanceTimersByTimeAsync(10);
  expect(figures.index.value?.value).not.toBe(before);
});
