import type { Attachment } from 'svelte/attachments';
import { DASH } from '../../format/number';
import type { Book } from '../../model/book';
import type { Column } from '../../model/columns';
import type { Drawing } from '../../state/chain.svelte';

/** How long a changed cell stays marked, ms. */
const FLASH_MS = 400;
const SWEEP_MS = 100;

interface Cell {
  readonly node: HTMLElement;
  readonly text: Text;
  readonly column: Column;
  shown: string;
  value: number | null;
  stale: boolean;
}

/**
 * Writes values into the cells of the chain.
 *
 * Thousands of cells change several times a second, so they are no components: each registers here once, and
 * a drawing touches only those whose text has changed.
 */
export class Painter {
  readonly #book: Book;
  readonly #calm: () => boolean;
  readonly #cells = new Map<string, Set<Cell>>();
  readonly #flashing = new Map<Cell, number>();
  #sweep: ReturnType<typeof setTimeout> | undefined;

  /** `calm` tells whether the user asked for reduced motion. */
  constructor(book: Book, calm: () => boolean) {
    this.#book = book;
    this.#calm = calm;
  }

  /** Attaches one cell to a value of a contract; a side without a contract stays blank. */
  cell(symbol: string | null, column: Column): Attachment<HTMLElement> {
    return (node) => {
      const text = document.createTextNode('');
      node.replaceChildren(text);
      if (symbol === null) return;
      const cell: Cell = { node, text, column, shown: '', value: null, stale: false };
      const siblings = this.#cells.get(symbol) ?? new Set<Cell>();
      this.#cells.set(symbol, siblings.add(cell));
      this.#write(cell, symbol, false);
      return () => {
        siblings.delete(cell);
        if (siblings.size === 0 && this.#cells.get(symbol) === siblings) this.#cells.delete(symbol);
        this.#flashing.delete(cell);
        delete node.dataset['flash'];
        node.removeAttribute('data-stale');
        node.removeAttribute('data-absent');
      };
    };
  }

  paint({ symbols, flash }: Drawing): void {
    const flashes = flash && !this.#calm();
    for (const symbol of symbols) {
      for (const cell of this.#cells.get(symbol) ?? []) this.#write(cell, symbol, flashes);
    }
  }

  #write(cell: Cell, symbol: string, flash: boolean): void {
    const ticker = this.#book.get(symbol);
    const text = ticker === undefined ? DASH : cell.column.text(ticker, this.#book.scale);
    const stale = ticker?.stale ?? false;
    if (stale !== cell.stale) {
      cell.stale = stale;
      cell.node.toggleAttribute('data-stale', stale);
    }
    if (text === cell.shown) return;
    const value = ticker === undefined ? null : cell.column.value(ticker);
    if (flash && cell.column.flashes) this.#flash(cell, value);
    if ((text === DASH) !== (cell.shown === DASH)) cell.node.toggleAttribute('data-absent', text === DASH);
    cell.shown = text;
    cell.value = value;
    cell.text.data = text;
  }

  #flash(cell: Cell, value: number | null): void {
    if (value === null || cell.value === null || value === cell.value) return;
    cell.node.dataset['flash'] = value > cell.value ? 'up' : 'down';
    this.#flashing.set(cell, performance.now() + FLASH_MS);
    this.#sweep ??= setTimeout(this.#clear, SWEEP_MS);
  }

  readonly #clear = (): void => {
    const now = performance.now();
    for (const [cell, until] of this.#flashing) {
      if (until > now) continue;
      delete cell.node.dataset['flash'];
      this.#flashing.delete(cell);
    }
    this.#sweep = this.#flashing.size > 0 ? setTimeout(this.#clear, SWEEP_MS) : undefined;
  };
}
