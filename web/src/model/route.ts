/** What the address after `#` asks for. Absent parts are chosen by the page. */
export interface Route {
  readonly underlying: string | null;
  readonly expiry: string | null;
  readonly settle: string | null;
}

/** Reads `#/BTC/2026-12-25?settle=USDC`; parts that do not look right count as absent. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [underlying = '', expiry = ''] = path.split('/');
  const settle = new URLSearchParams(query).get('settle') ?? '';
  return {
    underlying: /^[A-Z0-9]{1,20}$/.test(underlying) ? underlying : null,
    expiry: /^\d{4}-\d{2}-\d{2}$/.test(expiry) ? expiry : null,
    settle: /^[A-Z]{3,6}$/.test(settle) ? settle : null,
  };
}

/** Address for a chain; the usual settle coin USDT is left out. */
export function formatRoute(underlying: string, expiry: string | null, settle = 'USDT'): string {
  const path = expiry === null ? `#/${underlying}` : `#/${underlying}/${expiry}`;
  return settle === 'USDT' ? path : `${path}?settle=${settle}`;
}
