import type { Print } from './tape';
import type { Kind } from './ticker';
import type { Side } from './trade';

/** Which trades are shown; `null` where it does not matter. */
export interface TapeFilter {
  readonly side: Side | null;
  readonly kind: Kind | null;
  readonly expiry: string | null;
  /** Least size, units of the underlying. */
  readonly size: number | null;
  /** Least notional, US dollars; a trade without one does not pass. */
  readonly notional: number | null;
  readonly blocks: boolean;
}

/** Names in the address for what a filter is made of. */
export const FILTER_PARAMS = ['side', 'kind', 'expiry', 'min_size', 'min_notional', 'blocks'] as const;

type Params = Readonly<Record<string, string>>;

/** Reads the filter from an address; what makes no sense does not filter. */
export function filterOf(params: Params): TapeFilter {
  const { side, kind, expiry } = params;
  return {
    side: side === 'buy' || side === 'sell' ? side : null,
    kind: kind === 'call' || kind === 'put' ? kind : null,
    expiry: expiry !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(expiry) ? expiry : null,
    size: amountOf(params['min_size']),
    notional: amountOf(params['min_notional']),
    blocks: params['blocks'] === '1',
  };
}

const STEPS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6 };

/** A positive number as people write it: "250000", "250,000", "250k", "1.5m"; else `null`. */
export function amountOf(text: string | undefined): number | null {
  const parts = /^\$?(\d+(?:\.\d*)?|\.\d+)([km]?)$/i.exec((text ?? '').replace(/[\s,]/g, ''));
  const amount = Number(parts?.[1] ?? 0) * (STEPS[parts?.[2]?.toLowerCase() ?? ''] ?? 1);
  return amount > 0 ? amount : null;
}

export function passes(filter: TapeFilter, { trade, kind, expiry }: Print): boolean {
  return (
    (filter.side === null || trade.side === filter.side) &&
    (filter.kind === null || kind === filter.kind) &&
    (filter.expiry === null || expiry === filter.expiry) &&
    (filter.size === null || trade.size >= filter.size) &&
    (filter.notional === null || (trade.notional ?? 0) >= filter.notional) &&
    (!filter.blocks || trade.block)
  );
}

/** True where the filter leaves anything out. */
export function filters(filter: TapeFilter): boolean {
  return filter.blocks || Object.values(filter).some((part) => part !== null && part !== false);
}
