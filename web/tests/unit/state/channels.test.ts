import { beforeEach, expect, it } from 'vitest';
import { Channels, type Follower } from '../../../src/state/channels';
import { exampleSnapshot } from '../examples';

const SNAPSHOT = exampleSnapshot();
const { channel } = SNAPSHOT;

class Listener implements Follower {
  taken = 0;
  distrusted = 0;

  constructor(private readonly satisfied = true) {}

  take(): boolean {
    this.taken += 1;
    return this.satisfied;
  }

  distrust(): void {
    this.distrusted += 1;
  }
}

let asked: string[];
let channels: Channels;

beforeEach(() => {
  asked = [];
  channels = new Channels({
    subscribe: (name) => void asked.push(`subscribe ${name}`),
    unsubscribe: (name) => void asked.push(`unsubscribe ${name}`),
    refresh: (name) => void asked.push(`refresh ${name}`),
  });
});

it('subscribes while somebody follows', () => {
  const leave = [new Listener(), new Listener()].map((one) => channels.follow(channel, one));
  leave[0]?.();
  leave[0]?.();
  expect(asked).toEqual([`subscribe ${channel}`, `refresh ${channel}`]);
  leave[1]?.();
  expect(asked[2]).toBe(`unsubscribe ${channel}`);
});

it('gives a message to all who follow its channel', () => {
  const [here, there] = [new Listener(), new Listener()];
  channels.follow(channel, here);
  channels.follow('status', there);
  channels.deliver(SNAPSHOT);
  expect([here.taken, there.taken]).toEqual([1, 0]);
});

it('asks again where data is missing', () => {
  const listener = new Listener(false);
  channels.follow(channel, listener);
  channels.deliver(SNAPSHOT);
  expect(asked.at(-1)).toBe(`refresh ${channel}`);
  expect(listener.distrusted).toBe(1);
});

it('distrusts all after a new connection', () => {
  const listeners = [new Listener(), new Listener()];
  for (const [index, one] of listeners.entries()) channels.follow(`c${index}`, one);
  channels.distrust(null);
  expect(listeners.map((one) => one.distrusted)).toEqual([1, 1]);
});
