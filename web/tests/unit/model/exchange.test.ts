import { describe, expect, it } from 'vitest';
import { originOf } from '../../../src/model/exchange';

describe('originOf', () => {
  it.each([
    'stream.bybit.com',
    'stream.bybit.com:443',
    'STREAM.bybit.com',
    'stream.bytick.com',
    'stream.bybit.eu',
    'stream.bybit.kz',
    'stream.bybit-tr.com',
    'stream.bybitgeorgia.ge',
    'stream.manepa.jp',
  ])('says nothing of the real market at %s', (host) => {
    expect(originOf(host)).toBeNull();
  });

  it.each(['127.0.0.1:45123', '127.1.2.3', 'localhost', 'localhost:9000', '[::1]:9000'])(
    'calls data of %s simulated and names the place',
    (host) => {
      expect(originOf(host)?.label).toBe('simulated');
      expect(originOf(host)?.title).toContain(host);
    },
  );

  it.each([
    ['sim:9000', 'sim'],
    ['10.0.0.7:9000', '10.0.0.7'],
    ['stream.bybit.com.example.org', 'stream.bybit.com.example.org'],
    ['notbybit.com', 'notbybit.com'],
    ['localhost.example.org', 'localhost.example.org'],
  ])('names %s, which is not Bybit', (host, label) => {
    expect(originOf(host)?.label).toBe(label);
  });

  it.each(['stream-testnet.bybit.com', 'stream-demo.bybit.com'])('calls %s a testnet', (host) => {
    expect(originOf(host)?.label).toBe('testnet');
  });

  it.each([null, ''])('says nothing where the server does not tell (%j)', (host) => {
    expect(originOf(host)).toBeNull();
  });
});
