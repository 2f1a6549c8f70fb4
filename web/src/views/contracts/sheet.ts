import type { Attachment } from 'svelte/attachments';
import { DASH } from '../../format/number';
import type { Millis } from '../../format/units';
import type { Scale } from '../../model/book';
import { type Field, isIdentity, type Sight } from '../../model/fields';
import type { Contract, Roster } from '../../model/roster';
import type { SortValue } from '../../model/sort';
import type { Window } from '../../model/window';

/** How long a changed cell stays marked, ms. */
const FLASH_MS = 400;
const SWEEP_MS = 100;

/** Rows before the first contract: the header. */
const HEADER_ROWS = 1;

interface Cell {
  readonly node: HTMLElement;
  readonly text: Text;
  readonly field: Field;
  value: SortValue;
  shown: string;
}

/** A row of the page, showing one contract after the other as the user scrolls. */
interface Slot {
  readonly row: HTMLElement;
  readonly cells: readonly Cell[];
  index: number;
  contract: Contract | null;
  version: number;
  scale: Scale | null;
}

/** What all texts depend on. */
export type Outlook = Omit<Sight, 'scale'>;

/**
 * Makes and writes the rows of the table.
 *
 * There are only as many as fit on the screen; those that a scroll leaves behind move to the other end. A
 * drawing touches rows whose contract has changed, and of these the cells whose text has. Rows come and go
 * within a frame, and thousands of values change in a second, so they are no components.
 */
export class Sheet {
  readonly #roster: Roster;
  readonly #calm: () => boolean;
  readonly #flashing = new Map<HTMLElement, number>();
  #body: HTMLElement | null = null;
  #fields: readonly Field[] = [];
  /** In the order of the page. */
  #slots: Slot[] = [];
  #contracts: readonly Contract[] = [];
  #first = 0;
  #marked: string | null = null;
  #outlook: Outlook = { now: 0 as Millis, usd: false };
  #sweep: ReturnType<typeof setTimeout> | undefined;

  /** `calm` tells whether the user asked for reduced motion. */
  constructor(roster: Roster, calm: () => boolean) {
    this.#roster = roster;
    this.#calm = calm;
  }

  /** Takes over the body of a table with a cell for each field in a row. */
  body(fields: readonly Field[]): Attachment<HTMLElement> {
    return (body) => {
      const count = this.#slots.length;
      body.replaceChildren();
      this.#body = body;
      this.#fields = fields;
      this.#slots = [];
      this.#fit(count);
      this.#assign();
    };
  }

  /** Shows the contracts of a window. */
  show(contracts: readonly Contract[], { first, end }: Pick<Window, 'first' | 'end'>): void {
    this.#contracts = contracts;
    this.#turn(first - this.#first);
    this.#first = first;
    this.#fit(end - first);
    this.#assign();
  }

  /** Marks the row of a contract. */
  mark(symbol: string | null): void {
    this.#marked = symbol;
    for (const slot of this.#slots) this.#select(slot);
  }

  /** Writes what changed since the last drawing. */
  paint(outlook: Outlook, flash: boolean): void {
    const timed = outlook.now !== this.#outlook.now;
    const anew = outlook.usd !== this.#outlook.usd;
    this.#outlook = outlook;
    const flashes = flash && !this.#calm();
    for (const slot of this.#slots) {
      if (slot.contract === null) continue;
      const changed = slot.version !== slot.contract.version;
      const scaled = slot.scale !== this.#roster.scale(slot.contract.ticker.underlying);
      if (changed || timed || anew || scaled) this.#write(slot, slot.contract, { all: anew || scaled, flash: flashes });
    }
  }

  /** Moves the rows that a step leaves behind to where the new ones come in. */
  #turn(by: number): void {
    const count = this.#slots.length;
    if (by === 0 || Math.abs(by) >= count) return;
    const moved = by > 0 ? this.#slots.splice(0, by) : this.#slots.splice(count + by);
    const rows = moved.map(({ row }) => row);
    if (by > 0) this.#body?.append(...rows);
    else this.#body?.prepend(...rows);
    this.#slots = by > 0 ? [...this.#slots, ...moved] : [...moved, ...this.#slots];
  }

  /** Makes or drops rows at the end. */
  #fit(count: number): void {
    for (const { row } of this.#slots.splice(count)) row.remove();
    if (this.#body === null) return;
    while (this.#slots.length < count) {
      const slot = slotOf(this.#fields);
      this.#slots.push(slot);
      this.#body.append(slot.row);
    }
  }

  #assign(): void {
    for (const [place, slot] of this.#slots.entries()) {
      const index = this.#first + place;
      const contract = this.#contracts[index] ?? null;
      if (index !== slot.index) slot.row.setAttribute('aria-rowindex', String(index + HEADER_ROWS + 1));
      slot.index = index;
      if (contract !== null && contract !== slot.contract) this.#give(slot, contract);
    }
  }

  #give(slot: Slot, contract: Contract): void {
    const { symbol, kind } = contract.ticker;
    slot.contract = contract;
    for (const { node } of slot.cells) this.#settle(node);
    slot.row.id = rowId(symbol);
    slot.row.dataset['symbol'] = symbol;
    slot.row.dataset['kind'] = kind;
    this.#select(slot);
    this.#write(slot, contract, { all: true, flash: false });
  }

  #select({ row, contract }: Slot): void {
    row.setAttribute('aria-selected', String(contract !== null && contract.ticker.symbol === this.#marked));
  }

  #write(slot: Slot, contract: Contract, how: { readonly all: boolean; readonly flash: boolean }): void {
    const { ticker } = contract;
    slot.version = contract.version;
    slot.scale = this.#roster.scale(ticker.underlying);
    const sight: Sight = { ...this.#outlook, scale: slot.scale };
    if (slot.row.hasAttribute('data-stale') !== ticker.stale) slot.row.toggleAttribute('data-stale', ticker.stale);
    for (const cell of slot.cells) {
      const value = cell.field.value(contract);
      if (!how.all && value === cell.value && !cell.field.timed) continue;
      const text = cell.field.text(contract, sight);
      if (text !== cell.shown) {
        if (how.flash && cell.field.flashes) this.#flash(cell, value);
        if ((text === DASH) !== (cell.shown === DASH)) cell.node.toggleAttribute('data-absent', text === DASH);
        cell.shown = text;
        cell.text.data = text;
      }
      cell.value = value;
    }
  }

  #flash({ node, value: before }: Cell, value: SortValue): void {
    if (value === null || before === null || value === before) return;
    node.dataset['flash'] = value > before ? 'up' : 'down';
    this.#flashing.set(node, performance.now() + FLASH_MS);
    this.#sweep ??= setTimeout(this.#clear, SWEEP_MS);
  }

  #settle(node: HTMLElement): void {
    if (this.#flashing.delete(node)) delete node.dataset['flash'];
  }

  readonly #clear = (): void => {
    const now = performance.now();
    for (const [node, until] of this.#flashing) if (until <= now) this.#settle(node);
    this.#sweep = this.#flashing.size > 0 ? setTimeout(this.#clear, SWEEP_MS) : undefined;
  };
}

/** Name of a contract's row in the page. */
export function rowId(symbol: string): string {
  return `contract-${symbol}`;
}

function slotOf(fields: readonly Field[]): Slot {
  const row = document.createElement('tr');
  const cells = fields.map(cellOf);
  row.append(...cells.map(({ node }) => node));
  return { row, cells, index: -1, contract: null, version: -1, scale: null };
}

function cellOf(field: Field): Cell {
  const node = document.createElement('td');
  node.className = isIdentity(field) ? `pinned ${field.key}` : field.key;
  const text = document.createTextNode('');
  node.append(text);
  return { node, text, field, value: null, shown: '' };
}
