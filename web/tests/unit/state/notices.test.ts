import { describe, expect, it } from 'vitest';
import { clockTime } from '../../../src/format/time';
import type { Millis } from '../../../src/format/units';
import { type Facts, notices } from '../../../src/state/notices';

const NOW = Date.parse('2026-09-26T12:00:00Z') as Millis;
const GOOD: Facts = {
  health: 'ok',
  freshness: 'Live',
  now: NOW,
  time: (at) => `${clockTime(at)} UTC`,
  lastGood: (NOW - 90_000) as Millis,
  underlying: 'BTC',
  expiry: '2026-12-25',
  wantedExpiry: '2026-12-25',
  wantedIs: 'shown',
  underlyingUnknown: false,
  contracts: 31,
  exchangeAge: 0.2,
};

function said(changes: Partial<Facts>): string {
  return notices({ ...GOOD, ...changes })
    .map((notice) => notice.text)
    .join(' | ');
}

describe('notices', () => {
  it('say nothing while all is well', () => {
    expect(said({})).toBe('');
  });

  it('say that the stream is interrupted, with the last good time', () => {
    expect(said({ freshness: 'Disconnected' })).toBe(
      'Not connected: the live stream is interrupted and is being opened again. Prices below are not updated.' +
        ' Last data at 11:58:30 UTC, 90 s ago.',
    );
  });

  it('say that the server does not answer, but not while live data arrives', () => {
    expect(said({ health: 'unreachable', freshness: 'Disconnected' })).toContain('server does not answer');
    expect(said({ health: 'unreachable' })).toBe('');
  });

  it('say who is silent when prices are old', () => {
    expect(said({ freshness: 'Stale', exchangeAge: 120 })).toContain('voltape receives nothing from the exchange');
    expect(said({ freshness: 'Stale' })).toContain('sent nothing new for these contracts');
  });

  it('say that there is no data yet', () => {
    const first = { contracts: 0, freshness: 'Waiting', lastGood: null } as const;
    expect(said({ ...first, exchangeAge: null })).toContain('voltape is waiting for the exchange');
    expect(said(first)).toContain('No data yet.');
    expect(said({ ...first, health: 'loading' })).toBe('');
  });

  it('say what became of an expiry that was asked for', () => {
    expect(said({ wantedExpiry: '2026-09-25', wantedIs: 'expired' })).toBe(
      'The options of 25 Sep 26 have expired and were delivered. Shown instead: 25 Dec 26.',
    );
    expect(said({ expiry: null, wantedIs: 'unlisted', contracts: 0 })).toContain('No BTC options of 25 Dec 26');
  });

  it('say that a coin is not tracked, and nothing about its missing data', () => {
    expect(said({ underlying: 'XRP', underlyingUnknown: true, contracts: 0 })).toBe(
      'XRP is not tracked by this server. Choose another coin above.',
    );
  });

  it('leave the page to the token form without a valid token', () => {
    expect(said({ health: 'unauthorised', freshness: 'Disconnected' })).toBe('');
  });
});
