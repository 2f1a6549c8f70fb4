/** The part of a browser's storage that the page uses. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Storage of the given kind, or one that forgets where the browser denies it. */
export function shelf(kind: 'localStorage' | 'sessionStorage'): Shelf {
  try {
    return globalThis[kind];
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}

/** Writes a value; a full or denied storage only means that it is not remembered. */
export function remember(on: Shelf, key: string, value: string): void {
  try {
    on.setItem(key, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
