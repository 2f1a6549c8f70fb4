export type View = 'chain' | 'contracts' | 'volatility' | 'positioning' | 'tape' | 'system';

/** The pages, in the order in which they are offered. */
export const VIEWS: readonly { readonly view: View; readonly label: string }[] = [
  { view: 'chain', label: 'Chain' },
  { view: 'contracts', label: 'Contracts' },
  { view: 'volatility', label: 'Volatility' },
  { view: 'positioning', label: 'Positioning' },
  { view: 'tape', label: 'Tape' },
  { view: 'system', label: 'System' },
];

/** Settings of a page that are part of its address: filters, what is on an axis, which contract is open. */
export type Params = Readonly<Record<string, string>>;

/** What the address after `#` asks for. Absent parts are chosen by the page. */
export interface Route {
  readonly view: View;
  readonly underlying: string | null;
  readonly expiry: string | null;
  readonly settle: string | null;
  /** Everything after `?`, the settle coin too. */
  readonly params: Params;
}

const USUAL_SETTLE = 'USDT';

function viewOf(name: string): View | null {
  return VIEWS.find((one) => one.view === name)?.view ?? null;
}

/**
 * Reads `#/BTC/2026-12-25?settle=USDC` (the chain) and `#/volatility/BTC/2026-12-25?x=delta`; parts that do
 * not look right count as absent.
 */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/');
  const view = viewOf(parts[0] ?? '');
  const [underlying = '', expiry = ''] = view === null ? parts : parts.slice(1);
  const params = Object.fromEntries(new URLSearchParams(query));
  const settle = params['settle'] ?? '';
  return {
    view: view ?? 'chain',
    underlying: /^[A-Z0-9]{1,20}$/.test(underlying) ? underlying : null,
    expiry: /^\d{4}-\d{2}-\d{2}$/.test(expiry) ? expiry : null,
    settle: /^[A-Z]{3,6}$/.test(settle) ? settle : null,
    params,
  };
}

/** Address of a page; {@link parseRoute} reads it back. Parts behind an absent one are left out. */
export function formatAddress(
  view: View,
  underlying: string | null,
  expiry: string | null,
  params: Params = {},
): string {
  const parts = [view === 'chain' ? null : view, underlying, underlying === null ? null : expiry];
  const query = new URLSearchParams(params).toString();
  const path = parts.filter((part) => part !== null).join('/');
  return query === '' ? `#/${path}` : `#/${path}?${query}`;
}

/** Address for a chain; the usual settle coin USDT is left out. */
export function formatRoute(underlying: string, expiry: string | null, settle = USUAL_SETTLE): string {
  return formatAddress('chain', underlying, expiry, settle === USUAL_SETTLE ? {} : { settle });
}
