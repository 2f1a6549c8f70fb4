import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Link } from '../../../src/model/freshness';
import { Backoff } from '../../../src/net/backoff';
import type { ServerMessage } from '../../../src/net/protocol';
import { SILENCE_MS, type Socket, Stream } from '../../../src/net/stream';
import { EXAMPLES } from '../examples';

class FakeSocket implements Socket {
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly sent: string[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }

  say(text: string): void {
    this.onmessage?.({ data: text } as MessageEvent);
  }

  drop(): void {
    this.readyState = 3;
    this.onclose?.(undefined as never);
  }
}

const SUBSCRIBE = '{"op":"subscribe","channels":["chain.BTC.2026-12-25"]}';
const CHANNEL = 'chain.BTC.2026-12-25';

let sockets: FakeSocket[];
let links: Link[];
let messages: ServerMessage[];
let broken: number;
let stream: Stream;

function socket(index: number): FakeSocket {
  const found = sockets[index];
  if (found === undefined) throw new Error(`no connection ${index}`);
  return found;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  links = [];
  messages = [];
  broken = 0;
  stream = new Stream({
    connect: () => {
      const made = new FakeSocket();
      sockets.push(made);
      return made;
    },
    onLink: (link) => links.push(link),
    onMessage: (message) => messages.push(message),
    onBroken: () => (broken += 1),
    backoff: new Backoff(() => 1),
  });
});

afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

describe('subscriptions', () => {
  it('are sent when the connection opens, and at once on an open one', () => {
    stream.subscribe(CHANNEL);
    stream.start();
    expect(socket(0).sent).toEqual([]);
    socket(0).accept();
    expect(socket(0).sent).toEqual([SUBSCRIBE]);
    stream.unsubscribe(CHANNEL);
    expect(socket(0).sent[1]).toBe('{"op":"unsubscribe","channels":["chain.BTC.2026-12-25"]}');
  });

  it('outlive the connection', () => {
    stream.start();
    socket(0).accept();
    stream.subscribe(CHANNEL);
    socket(0).drop();
    vi.advanceTimersByTime(500);
    socket(1).accept();
    expect(socket(1).sent).toEqual([SUBSCRIBE]);
  });

  it('are asked for again only while they are wanted', () => {
    stream.subscribe(CHANNEL);
    stream.start();
    socket(0).accept();
    stream.refresh(CHANNEL);
    stream.refresh('chain.ETH.2026-12-25');
    stream.refresh(null);
    expect(socket(0).sent).toEqual([SUBSCRIBE, SUBSCRIBE, SUBSCRIBE]);
    stream.unsubscribe(CHANNEL);
    stream.unsubscribe(CHANNEL);
    stream.refresh(null);
    expect(socket(0).sent).toHaveLength(4);
  });
});

describe('connection', () => {
  it('reports open and lost', () => {
    stream.start();
    socket(0).accept();
    socket(0).drop();
    expect(links).toEqual(['open', 'lost']);
  });

  it('counts as lost after silence, and any message postpones that', () => {
    stream.start();
    socket(0).accept();
    vi.advanceTimersByTime(SILENCE_MS - 1);
    socket(0).say(EXAMPLES.heartbeat);
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(links).toEqual(['open']);
    vi.advanceTimersByTime(1);
    expect(links).toEqual(['open', 'lost']);
    expect(socket(0).closed).toBe(true);
  });

  it('gives up a connection that never opens', () => {
    stream.start();
    vi.advanceTimersByTime(SILENCE_MS);
    expect(links).toEqual(['lost']);
  });

  it('waits longer after each failure, until data comes', () => {
    stream.start();
    for (const wait of [500, 1000, 2000]) {
      socket(sockets.length - 1).drop();
      vi.advanceTimersByTime(wait - 1);
      const before = sockets.length;
      vi.advanceTimersByTime(1);
      expect(sockets.length).toBe(before + 1);
    }
    socket(3).accept();
    socket(3).say(EXAMPLES.hello);
    socket(3).drop();
    vi.advanceTimersByTime(4000);
    expect(sockets).toHaveLength(5);
    socket(4).accept();
    socket(4).say(EXAMPLES.snapshot);
    socket(4).drop();
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(6);
  });

  it('tries at once when told that the network is back, but never twice', () => {
    stream.start();
    stream.hurry();
    expect(sockets).toHaveLength(1);
    socket(0).drop();
    stream.hurry();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(10_000);
    expect(sockets).toHaveLength(2);
  });

  it('starts once, stops for good and can be started again', () => {
    stream.start();
    stream.start();
    expect(sockets).toHaveLength(1);
    stream.stop();
    stream.hurry();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    stream.start();
    expect(sockets).toHaveLength(2);
  });

  it('hears nothing from a connection it gave up', () => {
    stream.start();
    const old = socket(0);
    const { onopen, onmessage, onclose } = old;
    old.drop();
    vi.advanceTimersByTime(500);
    onopen?.(undefined as never);
    onmessage?.({ data: EXAMPLES.heartbeat } as MessageEvent);
    onclose?.(undefined as never);
    expect(links).toEqual(['lost']);
    expect(messages).toEqual([]);
    expect(sockets).toHaveLength(2);
  });
});

describe('messages', () => {
  it('are decoded and handed on', () => {
    stream.start();
    socket(0).accept();
    socket(0).say(EXAMPLES.heartbeat);
    expect(messages.map((message) => message.type)).toEqual(['heartbeat']);
  });

  it('that break the protocol are reported and cost nothing else', () => {
    stream.start();
    socket(0).accept();
    socket(0).say('{');
    socket(0).say(EXAMPLES.heartbeat);
    expect(broken).toBe(1);
    expect(messages).toHaveLength(1);
  });
});
