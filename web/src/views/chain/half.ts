import type { Attachment } from 'svelte/attachments';
import type { Column } from '../../model/columns';
import type { Kind } from '../../model/ticker';
import type { Painter } from './painter';

/** One half of a row: a contract, and its columns in reading order. */
export interface Half {
  readonly kind: Kind;
  /** `null` where the contract is not listed. */
  readonly symbol: string | null;
  readonly columns: readonly Column[];
}

/**
 * Puts the cells of both halves around the middle cell of a row.
 *
 * Hundreds of cells come on screen at once, so they are copies of one model and no components.
 */
export function halves(painter: Painter, left: Half | null, right: Half | null): Attachment<HTMLElement> {
  return (middle) => {
    const ends = [fill(left, painter, (cells) => middle.before(cells)), fill(right, painter, (cells) => middle.after(cells))];
    return () => {
      for (const end of ends) end();
    };
  };
}

function fill(half: Half | null, painter: Painter, put: (cells: DocumentFragment) => void): () => void {
  if (half === null) return () => undefined;
  const cells = modelOf(half).cloneNode(true) as DocumentFragment;
  const made = half.columns.map((column, index) => {
    const cell = cells.children[index] as HTMLElement;
    if (half.symbol !== null) cell.dataset['symbol'] = half.symbol;
    return { cell, detach: painter.cell(half.symbol, column)(cell) };
  });
  put(cells);
  return () => {
    for (const { cell, detach } of made) {
      detach?.();
      cell.remove();
    }
  };
}

const models = new WeakMap<readonly Column[], Map<Kind, DocumentFragment>>();

function modelOf({ kind, columns }: Half): DocumentFragment {
  const known = models.get(columns) ?? new Map<Kind, DocumentFragment>();
  models.set(columns, known);
  const model = known.get(kind) ?? document.createDocumentFragment();
  if (!known.has(kind)) {
    known.set(kind, model);
    model.append(...columns.map((column) => cellOf(kind, column)));
  }
  return model;
}

function cellOf(kind: Kind, column: Column): HTMLElement {
  const cell = document.createElement('td');
  cell.className = column.amount ? `${kind} bar` : kind;
  cell.dataset['field'] = column.key;
  return cell;
}
