import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from '../../../src/model/route';

describe('parseRoute', () => {
  it('reads coin, expiry and settle coin', () => {
    expect(parseRoute('#/BTC/2026-12-25?settle=USDC')).toEqual({
      underlying: 'BTC',
      expiry: '2026-12-25',
      settle: 'USDC',
    });
  });

  it.each(['', '#', '#/', '#/<b>/soon', '#/btc', '#/BTC "/x?settle=1'])('ignores the odd parts of %s', (hash) => {
    expect(parseRoute(hash)).toEqual({ underlying: null, expiry: null, settle: null });
  });
});

describe('formatRoute', () => {
  it('leaves the usual settle coin out and is read back', () => {
    expect(formatRoute('BTC', '2026-12-25')).toBe('#/BTC/2026-12-25');
    expect(formatRoute('ETH', null)).toBe('#/ETH');
    const address = formatRoute('BTC', '2026-12-25', 'USDC');
    expect(parseRoute(address)).toEqual({ underlying: 'BTC', expiry: '2026-12-25', settle: 'USDC' });
  });
});
