import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Millis } from '../../../src/format/units';
import type { Socket } from '../../../src/net/stream';
import { Dashboard } from '../../../src/state/dashboard.svelte';
import type { Shelf } from '../../../src/state/storage';
import { CALL, EXAMPLES } from '../examples';

const NOW = Date.parse('2026-09-26T12:00:00Z');
const CHANNEL = 'chain.BTC.2026-12-25';

class FakeSocket implements Socket {
  readyState = 1;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly sent: string[] = [];

  constructor(readonly address: string) {}

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }

  say(text: string): void {
    this.onmessage?.({ data: text } as MessageEvent);
  }
}

function memory(): Shelf & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

let sockets: FakeSocket[];
let token: string | null;
let status: number;
let exchange: string;
let local: ReturnType<typeof memory>;
let session: ReturnType<typeof memory>;
let dashboard: Dashboard;
let addresses: string[];

function answer(path: string): unknown {
  if (path.endsWith('/underlyings')) return { data: [{ underlying: 'BTC', index_price: 97_000 }] };
  if (path.endsWith('/status')) return { version: '0.1.0', exchange };
  if (!path.endsWith('underlying=BTC')) return { data: [] };
  return {
    data: ['2026-10-30', '2026-12-25'].map((date) => ({ expiry: date, expiry_at: `${date}T08:00:00Z` })),
  };
}

function make(): Dashboard {
  return new Dashboard({
    api: 'http://host/api/v1',
    connect: (address) => {
      const socket = new FakeSocket(address);
      sockets.push(socket);
      return socket;
    },
    local,
    session,
    dirty: () => undefined,
    replaceAddress: (address) => void addresses.push(address),
  });
}

function socket(): FakeSocket {
  const found = sockets.at(-1);
  if (found === undefined) throw new Error('no connection yet');
  return found;
}

/** Opens the page at an address and lets the first round of answers arrive. */
async function open(hash: string): Promise<void> {
  dashboard.follow(hash);
  dashboard.start();
  dashboard.streamAllowed(true);
  socket().onopen?.(undefined as never);
  dashboard.directory.choose(dashboard.underlying);
  await vi.advanceTimersByTimeAsync(10);
  dashboard.directory.choose(dashboard.underlying);
  await vi.advanceTimersByTimeAsync(10);
  dashboard.watch('chain', dashboard.underlying, dashboard.expiry);
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  sockets = [];
  addresses = [];
  token = null;
  status = 200;
  exchange = 'stream.bybit.com';
  local = memory();
  session = memory();
  vi.stubGlobal('fetch', (url: string, init: { headers: Record<string, string> }) => {
    const accepted = token === null || init.headers['Authorization'] === `Bearer ${token}`;
    const body = JSON.stringify(answer(url));
    return Promise.resolve(new Response(body, { status: accepted ? status : 401 }));
  });
  dashboard = make();
});

afterEach(() => {
  dashboard.streamAllowed(false);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('choice', () => {
  it('starts with the first coin and expiry', async () => {
    await open('');
    expect([dashboard.underlying, dashboard.expiry]).toEqual(['BTC', '2026-10-30']);
  });

  it('follows the address, remembers it and subscribes', async () => {
    await open('#/BTC/2026-12-25');
    expect(socket().sent).toEqual([`{"op":"subscribe","channels":["${CHANNEL}"]}`]);
    dashboard = make();
    await open('');
    expect(dashboard.expiry).toBe('2026-12-25');
  });

  it('lets go of the channel before', async () => {
    await open('#/BTC/2026-12-25');
    dashboard.follow('#/BTC/2026-10-30');
    dashboard.watch('chain', dashboard.underlying, dashboard.expiry);
    expect(socket().sent.slice(1)).toEqual([
      `{"op":"unsubscribe","channels":["${CHANNEL}"]}`,
      '{"op":"subscribe","channels":["chain.BTC.2026-10-30"]}',
    ]);
  });

  it('follows the pulse of the system where no chain is shown', async () => {
    await open('#/BTC/2026-12-25');
    dashboard.follow('#/tape/BTC/2026-12-25');
    dashboard.watch('tape', dashboard.underlying, dashboard.expiry);
    expect(socket().sent.slice(1)).toEqual([
      '{"op":"subscribe","channels":["status"]}',
      `{"op":"unsubscribe","channels":["${CHANNEL}"]}`,
    ]);
    const data = { connections: [{ last_data_age_s: 2 }, { last_data_age_s: null }] };
    socket().say(JSON.stringify({ type: 'delta', channel: 'status', seq: 1, ts: NOW, data }));
    expect(dashboard.newest).toBe(NOW - 2_000);
  });

  it('keeps in its addresses what still means something', async () => {
    await open('#/BTC/2026-12-25?settle=USDC&contract=BTC-25DEC26-100000-C&strike=100000');
    expect(dashboard.address({ expiry: '2026-10-30' })).toBe('#/BTC/2026-10-30?settle=USDC');
    expect(dashboard.address({ underlying: 'ETH' })).toBe('#/ETH');
    expect(dashboard.address({ view: 'volatility' })).toBe('#/volatility/BTC/2026-12-25');
  });

  it('changes the settings in its address without a new page', async () => {
    await open('#/BTC/2026-12-25?settle=USDC');
    dashboard.adjust({ settle: null, contract: CALL });
    expect(addresses).toEqual([`#/BTC/2026-12-25?contract=${CALL}`]);
    expect(dashboard.route.params).toEqual({ contract: CALL });
    expect(dashboard.chain.settle).toBe('USDT');
  });

  it('writes the expiry that it chose into its address', async () => {
    await open('#/volatility?x=delta');
    dashboard.complete();
    dashboard.complete();
    expect(addresses).toEqual(['#/volatility/BTC/2026-10-30?x=delta']);
  });

  it('knows the neighbours of the expiry', async () => {
    await open('#/BTC/2026-12-25');
    expect(dashboard.neighbour(-1)).toBe('#/BTC/2026-10-30');
    expect(dashboard.neighbour(1)).toBeNull();
  });

  it('gives way when the expiry is delivered', async () => {
    await open('#/BTC/2026-10-30');
    vi.setSystemTime(Date.parse('2026-10-30T08:00:01Z'));
    dashboard.clock.tick();
    expect(dashboard.expiry).toBe('2026-12-25');
    expect(dashboard.expiries.map((one) => one.expiry)).toEqual(['2026-12-25']);
    expect(dashboard.notices[0]?.text).toContain('30 Oct 26 have expired');
  });
});

describe('choices of looks', () => {
  it('tell times by the clock of the choice, with its name', () => {
    const at = Date.UTC(2026, 8, 26, 7, 3, 9) as Millis;
    expect([dashboard.time(at), dashboard.dayTime(at), dashboard.zoneName]).toEqual(['07:03:09', '26 Sep 07:03', 'UTC']);
    dashboard.preferences.update({ zone: 'local' });
    expect(dashboard.zoneName).toBe('local');
  });

  it('tell drawings when colours change, also when the system changes them', () => {
    dashboard.preferences.update({ theme: 'system' });
    const before = dashboard.theme;
    dashboard.systemTheme = 'light';
    const flipped = dashboard.theme;
    dashboard.preferences.update({ palette: 'blue-orange' });
    expect(new Set([before, flipped, dashboard.theme]).size).toBe(3);
    expect(dashboard.brightness).toBe('light');
  });

  it('tell when it was paused', () => {
    dashboard.togglePause();
    expect([dashboard.paused, dashboard.pausedAt]).toEqual([true, dashboard.clock.now]);
  });
});

describe('coin', () => {
  it('says since when its index has changed', async () => {
    await open('#/BTC/2026-12-25');
    const coin = dashboard.coin;
    if (coin === null) throw new Error('no such coin');
    const since = (ago: number): string =>
      dashboard.changeHelp({ ...coin, change: 0.01, changeSince: (dashboard.clock.now - ago) as Millis });
    expect(since(24 * 3_600_000)).toBe('change over 24 hours');
    expect(since(2 * 3_600_000)).toContain('change since 10:00:0');
    expect(dashboard.changeHelp(coin)).toContain('not known');
  });
});

describe('stream', () => {
  beforeEach(async () => {
    await open('#/BTC/2026-12-25');
    socket().say(EXAMPLES.snapshot);
    dashboard.chain.publish();
  });

  it('fills the chain and is live', () => {
    dashboard.clock.tick();
    expect(dashboard.chain.rows).toHaveLength(3);
    expect([dashboard.freshness, dashboard.age]).toEqual(['Live', 142]);
  });

  it('judges age by the server clock, not by that of this machine', () => {
    vi.setSystemTime(NOW + 3_600_000);
    socket().onclose?.(undefined as never);
    vi.advanceTimersByTime(500);
    socket().onopen?.(undefined as never);
    socket().say(EXAMPLES.heartbeat);
    dashboard.clock.tick();
    expect(dashboard.age).toBe(5_142);
  });

  it('judges the data behind a paused screen', () => {
    dashboard.togglePause();
    const before = dashboard.newest;
    socket().say(EXAMPLES.delta);
    dashboard.clock.tick();
    expect(dashboard.newest).not.toBe(before);
    expect(dashboard.newest).toBe(dashboard.chain.book.newest);
  });

  it('asks for a snapshot after a gap in the numbers', () => {
    socket().say(EXAMPLES.deltaRemoved);
    expect(socket().sent).toHaveLength(2);
    socket().say(EXAMPLES.snapshot);
    socket().say(EXAMPLES.delta);
    expect(dashboard.chain.book.get(CALL)?.bid_price).toBe(8755);
    expect(socket().sent).toHaveLength(2);
  });

  it('asks for a snapshot after a broken message', () => {
    socket().say('{"type":"delta"}');
    expect(socket().sent).toHaveLength(2);
  });

  it('keeps an outage that the server tells of', () => {
    socket().say(EXAMPLES.gap);
    expect(dashboard.gap?.detail).toContain('was lost');
    socket().say(EXAMPLES.error);
    expect(socket().sent).toHaveLength(1);
  });

  it('keeps the last prices when the connection is lost, and says so', () => {
    socket().onclose?.(undefined as never);
    expect(dashboard.freshness).toBe('Disconnected');
    expect(dashboard.chain.rows).toHaveLength(3);
    expect(dashboard.notices[0]?.text).toContain('Not connected');
  });
});

describe('token', () => {
  it('is asked for, kept for the session and sent on both ways', async () => {
    token = 'secret & co';
    await open('#/BTC/2026-12-25');
    expect(dashboard.directory.health).toBe('unauthorised');
    expect(dashboard.notices).toEqual([]);
    dashboard.streamAllowed(false);
    dashboard.useToken('secret & co');
    await vi.advanceTimersByTimeAsync(10);
    expect(dashboard.directory.health).toBe('ok');
    dashboard.streamAllowed(true);
    expect(socket().address).toBe('http://host/api/v1/stream?token=secret%20%26%20co');
    expect([...session.kept.values()]).toEqual(['secret & co']);
    expect([...local.kept.values()].join()).not.toContain('secret');
  });
});

describe('failures', () => {
  it('are told and mend themselves', async () => {
    status = 503;
    await open('#/BTC/2026-12-25');
    expect(dashboard.notices[0]?.text).toContain('does not answer');
    status = 200;
    await vi.advanceTimersByTimeAsync(2_100);
    expect(dashboard.directory.health).toBe('ok');
  });

  it('tell a coin that is not tracked from a server that is down', async () => {
    await open('#/XRP');
    expect(dashboard.directory.health).toBe('ok');
    expect(dashboard.notices.map((notice) => notice.text)).toEqual([
      'XRP is not tracked by this server. Choose another coin above.',
    ]);
  });
});

describe('origin', () => {
  it('is nothing to speak of on the real market', async () => {
    await open('');
    expect(dashboard.origin).toBeNull();
  });

  it('tells of simulated data, also while the server is away', async () => {
    exchange = '127.0.0.1:9000';
    await open('');
    expect(dashboard.origin?.label).toBe('simulated');
    status = 503;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(dashboard.directory.health).toBe('unreachable');
    expect(dashboard.origin?.label).toBe('simulated');
  });
});
