import type { Listed } from '../../state/contracts.svelte';

/**
 * The expiry to show instead of the ones chosen now, one further on; `null` for all, which is beyond either
 * end, and `undefined` where there is nothing to choose from.
 */
export function neighbourExpiry(
  listed: readonly Listed[],
  chosen: readonly string[],
  by: -1 | 1,
): string | null | undefined {
  if (listed.length === 0) return undefined;
  const places = chosen.map((expiry) => listed.findIndex((one) => one.expiry === expiry)).filter((at) => at >= 0);
  if (places.length === 0) return listed.at(by > 0 ? 0 : -1)?.expiry;
  const next = by > 0 ? Math.max(...places) + 1 : Math.min(...places) - 1;
  return listed[next]?.expiry ?? null;
}
