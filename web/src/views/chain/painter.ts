import type { Attachment } from 'svelte/attachments';
import { DASH } from '../../format/number';
import { shortAge } from '../../format/time';
import type { Millis } from '../../format/units';
import type { Book } from '../../model/book';
import type { Column, Look } from '../../model/columns';
import { tickerTime } from '../../model/ticker';
import type { Drawing } from '../../state/chain.svelte';

/** How long a changed cell stays marked, ms. */
const FLASH_MS = 400;
const SWEEP_MS = 100;

type Written = Pick<Column, 'key' | 'flashes' | 'amount' | 'value' | 'text'>;

/** How old a contract is, where it is marked as stale; it stands beside the strike. */
const STALE_AGE: Written = {
  key: 'age',
  flashes: false,
  amount: false,
  value: () => null,
  text: (ticker, _scale, look) => {
    const at = tickerTime(ticker);
    return !ticker.stale || at === null || !look?.now ? '' : shortAge(Math.max(0, look.now - at));
  },
};

interface Cell {
  readonly node: HTMLElement;
  readonly text: Text;
  readonly symbol: string;
  readonly column: Written;
  shown: string;
  value: number | null;
  stale: boolean;
  /** Length of its bar, %. */
  bar: number;
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
  /** Cells whose text changes with the time alone. */
  readonly #ageing = new Set<Cell>();
  readonly #bars = new Set<Cell>();
  readonly #flashing = new Map<Cell, number>();
  #look: Look = { usd: false, now: null };
  #sweep: ReturnType<typeof setTimeout> | undefined;
  #measuring = false;

  /** `calm` tells whether the user asked for reduced motion. */
  constructor(book: Book, calm: () => boolean) {
    this.#book = book;
    this.#calm = calm;
  }

  /** Attaches one cell to a value of a contract; a side without a contract stays blank. */
  cell(symbol: string | null, column: Written): Attachment<HTMLElement> {
    return (node) => {
      const text = document.createTextNode('');
      node.replaceChildren(text);
      if (symbol === null) return;
      const cell: Cell = { node, text, symbol, column, shown: '', value: null, stale: false, bar: -1 };
      const siblings = this.#cells.get(symbol) ?? new Set<Cell>();
      this.#cells.set(symbol, siblings.add(cell));
      if (column.key === 'age') this.#ageing.add(cell);
      if (column.amount) this.#bars.add(cell);
      this.#write(cell, false);
      this.#measureSoon();
      return () => this.#forget(cell, siblings);
    };
  }

  /** Attaches what tells the age of a contract where it is stale. */
  staleAge(symbol: string | null): Attachment<HTMLElement> {
    return this.cell(symbol, STALE_AGE);
  }

  paint({ symbols, flash }: Drawing): void {
    const flashes = flash && !this.#calm();
    for (const symbol of symbols) {
      for (const cell of this.#cells.get(symbol) ?? []) this.#write(cell, flashes);
    }
    if (symbols.size > 0) this.#measure();
  }

  /** Time has passed: ages are written anew. */
  tick(now: Millis): void {
    this.#look = { ...this.#look, now };
    for (const cell of this.#ageing) this.#write(cell, false);
  }

  /** Shows amounts in US dollars, or in units of the underlying. */
  inDollars(usd: boolean): void {
    if (usd === this.#look.usd) return;
    this.#look = { ...this.#look, usd };
    for (const cell of this.#bars) this.#write(cell, false);
  }

  #forget(cell: Cell, siblings: Set<Cell>): void {
    siblings.delete(cell);
    if (siblings.size === 0 && this.#cells.get(cell.symbol) === siblings) this.#cells.delete(cell.symbol);
    this.#flashing.delete(cell);
    this.#ageing.delete(cell);
    delete cell.node.dataset['flash'];
    cell.node.removeAttribute('data-stale');
    cell.node.removeAttribute('data-absent');
    if (this.#bars.delete(cell)) this.#measureSoon();
  }

  #write(cell: Cell, flash: boolean): void {
    const ticker = this.#book.get(cell.symbol);
    const text = ticker === undefined ? DASH : cell.column.text(ticker, this.#book.scale, this.#look);
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

  /** Once after all cells that come and go together. */
  #measureSoon(): void {
    if (this.#measuring || this.#bars.size === 0) return;
    this.#measuring = true;
    queueMicrotask(() => {
      this.#measuring = false;
      this.#measure();
    });
  }

  /** Bars compare the amounts on screen: the longest one fills its cell. */
  #measure(): void {
    const longest = new Map<string, number>();
    for (const { column, value } of this.#bars) {
      if (value !== null && value > (longest.get(column.key) ?? 0)) longest.set(column.key, value);
    }
    for (const cell of this.#bars) {
      const whole = longest.get(cell.column.key) ?? 0;
      const bar = whole === 0 ? 0 : Math.ceil((100 * (cell.value ?? 0)) / whole);
      if (bar === cell.bar) continue;
      cell.bar = bar;
      cell.node.style.setProperty('--bar', `${bar}%`);
    }
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
