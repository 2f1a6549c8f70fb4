import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Millis } from '../../../src/format/units';
import { type Fields, parseObject } from '../../../src/net/checks';
import { STATUS_CHANNEL, type Whole } from '../../../src/net/protocol';
import { Channels } from '../../../src/state/channels';
import { type Source, SystemState, systemState } from '../../../src/state/system.svelte';
import efficiency from '../../../../tests/data/api/efficiency.json?raw';
import example from '../../../../tests/data/api/status.json?raw';

const FIELDS = parseObject(example);

let asked: string[];
let wanted: string[];
let drawers: Set<() => void>;
let source: Source;
let system: SystemState;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  wanted = [];
  drawers = new Set();
  const answers: Record<string, Fields> = {
    '/efficiency': parseObject(efficiency),
    '/gaps?limit=100': { count: 0, data: FIELDS['gaps'] },
  };
  source = {
    channels: new Channels({
      subscribe: (channel) => wanted.push(channel),
      unsubscribe: (channel) => wanted.push(`-${channel}`),
      refresh: () => undefined,
    }),
    rest: {
      read: async (path: string) => {
        asked.push(path);
        return answers[path] ?? {};
      },
    } as Source['rest'],
    onFrame: (draw) => {
      drawers.add(draw);
      return () => drawers.delete(draw);
    },
  };
  system = new SystemState(source);
});

afterEach(() => vi.useRealTimers());

function message(at: number, changes: Fields = {}): Whole {
  return { type: 'whole', channel: STATUS_CHANNEL, ts: at as Millis, data: { ...FIELDS, ...changes } };
}

it('follows the status while the page is open, and asks for the scorecard and the gaps', async () => {
  const end = system.attend();
  await vi.advanceTimersByTimeAsync(10_010);
  expect(wanted).toEqual([STATUS_CHANNEL]);
  expect(asked.filter((path) => path === '/efficiency')).toHaveLength(2);
  expect(system.efficiency.value?.targets).toHaveLength(5);
  expect(system.gaps.value).toHaveLength(2);
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wanted).toEqual([STATUS_CHANNEL, `-${STATUS_CHANNEL}`]);
  expect([asked.length, drawers.size]).toEqual([4, 0]);
});

it('changes what is on screen in a frame and not before', () => {
  system.take(message(1_000));
  expect(system.status).toBeNull();
  system.publish();
  expect(system.status?.contracts.listed).toBe(1_624);
  expect([system.at, system.recent.length, system.history.length]).toEqual([1_000, 1, 1]);
});

it('keeps what is known when a status can’t be read', () => {
  system.take(message(1_000));
  system.take(message(2_000, { contracts: 'many' }));
  system.publish();
  expect([system.unreadable, system.at]).toEqual([true, 1_000]);
  system.take(message(3_000));
  system.publish();
  expect([system.unreadable, system.at]).toEqual([false, 3_000]);
});

it('remembers its history while another page is open', () => {
  expect(systemState(source)).toBe(systemState(source));
  expect(systemState({ ...source })).not.toBe(systemState(source));
});
