/** What rows are ordered by. */
export type SortValue = number | string | null;

/** An order by one field; absent values come last in both directions. */
export interface Order<Key extends string> {
  readonly key: Key;
  readonly down: boolean;
}

/** Reads `-volume_24h`; `null` for no order or a field that is not known. */
export function parseOrder<Key extends string>(
  text: string | undefined,
  isKey: (name: string) => name is Key,
): Order<Key> | null {
  if (text === undefined) return null;
  const down = text.startsWith('-');
  const key = down ? text.slice(1) : text;
  return isKey(key) ? { key, down } : null;
}

export function orderText(order: Order<string> | null): string | null {
  if (order === null) return null;
  return order.down ? `-${order.key}` : order.key;
}

/** The order after a click on a field's header: the field's first direction, the other one, none. */
export function nextOrder<Key extends string>(
  now: Order<Key> | null,
  key: Key,
  downFirst: boolean,
): Order<Key> | null {
  if (now?.key !== key) return { key, down: downFirst };
  return now.down === downFirst ? { key, down: !downFirst } : null;
}

/** Items by their value; equal ones stay as they were, and absent values come last in both directions. */
export function sorted<T>(items: readonly T[], value: (item: T) => SortValue, down: boolean): T[] {
  const present: { readonly item: T; readonly value: number | string }[] = [];
  const absent: T[] = [];
  for (const item of items) {
    const found = value(item);
    if (found === null) absent.push(item);
    else present.push({ item, value: found });
  }
  const sign = down ? -1 : 1;
  present.sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : 0));
  return [...present.map(({ item }) => item), ...absent];
}
