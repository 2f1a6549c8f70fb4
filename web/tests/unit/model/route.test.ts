import { describe, expect, it } from 'vitest';
import { formatAddress, formatRoute, parseRoute, VIEWS } from '../../../src/model/route';

describe('parseRoute', () => {
  it('reads coin, expiry and settle coin', () => {
    expect(parseRoute('#/BTC/2026-12-25?settle=USDC')).toEqual({
      view: 'chain',
      underlying: 'BTC',
      expiry: '2026-12-25',
      settle: 'USDC',
      params: { settle: 'USDC' },
    });
  });

  it('reads the other pages with their settings', () => {
    expect(parseRoute('#/volatility/ETH/2026-12-25?x=delta')).toEqual({
      view: 'volatility',
      underlying: 'ETH',
      expiry: '2026-12-25',
      settle: null,
      params: { x: 'delta' },
    });
    expect(parseRoute('#/system')).toMatchObject({ view: 'system', underlying: null });
  });

  it.each(['', '#', '#/', '#/<b>/soon', '#/btc', '#/BTC "/x?settle=1'])('ignores the odd parts of %s', (hash) => {
    expect(parseRoute(hash)).toMatchObject({ view: 'chain', underlying: null, expiry: null, settle: null });
  });
});

describe('formatAddress', () => {
  it.each(VIEWS)('is read back for $view', ({ view }) => {
    const address = formatAddress(view, 'BTC', '2026-12-25', { min: '1 & 2', q: 'ü?' });
    expect(parseRoute(address)).toMatchObject({
      view,
      underlying: 'BTC',
      expiry: '2026-12-25',
      params: { min: '1 & 2', q: 'ü?' },
    });
  });

  it('leaves out what is behind an absent part', () => {
    expect(formatAddress('tape', null, '2026-12-25')).toBe('#/tape');
    expect(formatAddress('chain', null, null)).toBe('#/');
  });
});

describe('formatRoute', () => {
  it('leaves the usual settle coin out and is read back', () => {
    expect(formatRoute('BTC', '2026-12-25')).toBe('#/BTC/2026-12-25');
    expect(formatRoute('ETH', null)).toBe('#/ETH');
    const address = formatRoute('BTC', '2026-12-25', 'USDC');
    expect(parseRoute(address)).toMatchObject({ underlying: 'BTC', expiry: '2026-12-25', settle: 'USDC' });
  });
});
