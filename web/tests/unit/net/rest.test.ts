import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/net/checks';
import { Refused, Rest, Unauthorised, Unreachable } from '../../../src/net/rest';

interface Call {
  readonly url: string;
  readonly headers: Record<string, string>;
}

function answering(body: unknown, status = 200, token: string | null = null): { rest: Rest; calls: Call[] } {
  const calls: Call[] = [];
  const fetcher: typeof fetch = (input, init) => {
    calls.push({ url: String(input), headers: init?.headers as Record<string, string> });
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };
  return { rest: new Rest('/api/v1', () => token, fetcher), calls };
}

describe('answers', () => {
  it('lists underlyings; an absent index price stays absent', async () => {
    const { rest } = answering({ data: [{ underlying: 'BTC', index_price: 97_105.8 }, { underlying: 'SOL', index_price: null }] });
    expect(await rest.underlyings()).toMatchObject([
      { underlying: 'BTC', indexPrice: 97_105.8 },
      { underlying: 'SOL', indexPrice: null },
    ]);
  });

  it('reads the figures of an underlying, each absent where the server does not tell', async () => {
    const figures = {
      index_change: -0.0123,
      index_change_since_at: '2026-11-22T14:02:00Z',
      open_interest: 63_886.4,
      volume_24h: 10_085.8,
      put_call_ratio_open_interest: 0.69,
      put_call_ratio_volume: 0.86,
    };
    const { rest } = answering({ data: [{ underlying: 'BTC', index_price: 1, ...figures }, { underlying: 'ETH' }] });
    const nothing = {
      indexPrice: null,
      change: null,
      changeSince: null,
      openInterest: null,
      volume: null,
      putCallOpenInterest: null,
      putCallVolume: null,
    };
    expect(await rest.underlyings()).toEqual([
      {
        underlying: 'BTC',
        indexPrice: 1,
        change: -0.0123,
        changeSince: Date.parse('2026-11-22T14:02:00Z'),
        openInterest: 63_886.4,
        volume: 10_085.8,
        putCallOpenInterest: 0.69,
        putCallVolume: 0.86,
      },
      { underlying: 'ETH', ...nothing },
    ]);
  });

  it('hands over a file as it came', async () => {
    const { rest, calls } = answering({ any: 'thing' }, 200, 'secret');
    const path = '/tickers?format=csv';
    expect(await (await rest.file(path)).text()).toBe('{"any":"thing"}');
    expect(calls[0]).toMatchObject({ url: rest.address(path), headers: { Authorization: 'Bearer secret' } });
  });

  it('leaves out an underlying that has no contracts', async () => {
    const { rest } = answering({
      data: [
        { underlying: 'BTC', index_price: 97_105.8, contracts: 792, enabled: true },
        { underlying: 'SOL', index_price: null, contracts: 0, enabled: false },
      ],
    });
    expect((await rest.underlyings()).map((one) => one.underlying)).toEqual(['BTC']);
  });

  it('lists expiries with their instant', async () => {
    const row = { expiry: '2026-12-25', expiry_at: '2026-12-25T08:00:00Z', contracts: 94, atm_iv: 0.49, live: 60, polled: 34, tick_size: 5 };
    const { rest, calls } = answering({ data: [row] });
    expect(await rest.expiries('BTC')).toEqual([
      { expiry: '2026-12-25', at: 1_798_185_600_000, contracts: 94, atmStrike: null, atmIv: 0.49, forward: null, live: 60, polled: 34, tick: 5 },
    ]);
    expect(calls[0]?.url).toBe('/api/v1/expiries?underlying=BTC');
  });

  it('reads the figures of the status that it finds', async () => {
    const { rest } = answering({
      version: '0.1.0',
      exchange: '127.0.0.1:9000',
      contracts: { listed: 1978, live: 900, polled: 1078 },
      lag_ms: { p50: 80, p95: 240, p99: null },
      connections: [{ last_data_age_s: null }, { last_data_age_s: 3 }, { last_data_age_s: 0.2 }],
    });
    expect(await rest.status()).toEqual({
      version: '0.1.0',
      exchange: '127.0.0.1:9000',
      listed: 1978,
      live: 900,
      polled: 1078,
      lagP95: 240,
      exchangeAge: 0.2,
    });
    expect(await answering({}).rest.status()).toMatchObject({ version: null, exchange: null, exchangeAge: null });
  });

  it('refuses what is not the agreed shape', async () => {
    await expect(answering({ data: {} }).rest.underlyings()).rejects.toThrow(ProtocolError);
    await expect(answering({ data: [{ expiry: 'x', expiry_at: 'soon' }] }).rest.expiries('BTC')).rejects.toThrow(
      ProtocolError,
    );
  });
});

describe('failures', () => {
  it.each([
    [401, Unauthorised],
    [404, Refused],
    [503, Unreachable],
  ])('tells answer %d apart', async (status, kind) => {
    await expect(answering({}, status).rest.underlyings()).rejects.toThrow(kind);
  });

  it('takes a failed fetch as unreachable', async () => {
    const rest = new Rest('', () => null, () => Promise.reject(new TypeError('failed')));
    await expect(rest.underlyings()).rejects.toThrow(Unreachable);
  });
});

describe('token', () => {
  it('is sent as Bearer, and only when there is one', async () => {
    const secret = answering({ data: [] }, 200, 'secret');
    await secret.rest.underlyings();
    expect(secret.calls[0]?.headers['Authorization']).toBe('Bearer secret');
    const open = answering({ data: [] });
    await open.rest.underlyings();
    expect(open.calls[0]?.headers['Authorization']).toBeUndefined();
  });
});
