/** Rows kept ready above and below what is in view, so that a scroll rarely shows a gap. */
const SPARE = 6;

/** The window begins at a multiple of so many rows, so that most scroll steps change no row. */
const STEP = 4;

/** What is known of the place where rows are shown. Lengths in px. */
export interface Viewport {
  readonly scrolled: number;
  /** Room for rows, without the header. */
  readonly height: number;
  readonly row: number;
}

/** The rows that exist, `first` to before `end`, and the room that the others take. */
export interface Window {
  readonly first: number;
  readonly end: number;
  /** Height of the rows before the window, px. */
  readonly above: number;
  readonly below: number;
}

/** Rows that a window holds at most. */
export function windowSize({ height, row }: Pick<Viewport, 'height' | 'row'>): number {
  return Math.ceil(height / row) + 2 * SPARE + STEP;
}

/** The rows around what is in view of `count`. */
export function windowAt(viewport: Viewport, count: number): Window {
  const size = Math.min(count, windowSize(viewport));
  const top = Math.floor(viewport.scrolled / viewport.row) - SPARE;
  const first = Math.min(Math.max(0, Math.floor(top / STEP) * STEP), count - size);
  const end = first + size;
  return { first, end, above: first * viewport.row, below: (count - end) * viewport.row };
}

/** Where to scroll so that a row is in view, moving as little as possible. */
export function scrollTo(index: number, { scrolled, height, row }: Viewport): number {
  const top = index * row;
  if (top < scrolled) return top;
  return Math.max(scrolled, top + row - height);
}

/** Rows that one press of Page Up or Page Down moves by: a view less one row of context. */
export function pageOf({ height, row }: Pick<Viewport, 'height' | 'row'>): number {
  return Math.max(1, Math.floor(height / row) - 1);
}
