import type { Zone } from '../format/time';
import { type ColumnKey, isColumnKey, PRESETS } from '../model/columns';
import { type FigureKey, isFigureKey, presetFigures } from '../model/figures';
import type { Kind } from '../model/ticker';

export type Theme = 'dark' | 'light' | 'system';
export type Palette = 'green-red' | 'blue-orange';
/** What open interest and volume are counted in. */
export type Unit = 'coin' | 'usd';

/** What the page remembers between visits. */
export interface Choices {
  readonly underlying: string | null;
  readonly expiry: string | null;
  readonly columns: readonly ColumnKey[];
  /** Columns of the table of all contracts. */
  readonly contractColumns: readonly FigureKey[];
  /** Strikes shown on each side of ATM; `null` is all. */
  readonly each: number | null;
  /** Side shown where there is room for one only. */
  readonly side: Kind;
  readonly theme: Theme;
  readonly palette: Palette;
  /** Whose clock times are told by. */
  readonly zone: Zone;
  readonly unit: Unit;
}

/** Strikes on each side of ATM to choose from. */
export const WINDOWS: readonly (number | null)[] = [5, 10, 15, 20, 25, null];

export const DEFAULT_CHOICES: Choices = {
  underlying: null,
  expiry: null,
  columns: PRESETS.Price,
  contractColumns: presetFigures('Price'),
  each: 15,
  side: 'call',
  theme: 'dark',
  palette: 'green-red',
  zone: 'utc',
  unit: 'coin',
};

function pick<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function keysIn<T>(value: unknown, isKey: (one: unknown) => one is T): readonly T[] | null {
  if (!Array.isArray(value)) return null;
  const known = [...new Set(value)].filter(isKey);
  return known.length === 0 ? null : known;
}

/** Reads remembered choices; whatever is missing or unknown takes its default. */
export function parseChoices(text: string | null): Choices {
  let found: unknown = null;
  try {
    found = JSON.parse(text ?? 'null');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof found !== 'object' || found === null) return DEFAULT_CHOICES;
  const fields = found as Partial<Record<keyof Choices, unknown>>;
  return {
    underlying: typeof fields.underlying === 'string' ? fields.underlying : null,
    expiry: typeof fields.expiry === 'string' ? fields.expiry : null,
    columns: keysIn(fields.columns, isColumnKey) ?? DEFAULT_CHOICES.columns,
    contractColumns: keysIn(fields.contractColumns, isFigureKey) ?? DEFAULT_CHOICES.contractColumns,
    each: fields.each === null ? null : pick(fields.each, WINDOWS, DEFAULT_CHOICES.each),
    side: pick<Kind>(fields.side, ['call', 'put'], DEFAULT_CHOICES.side),
    theme: pick<Theme>(fields.theme, ['dark', 'light', 'system'], DEFAULT_CHOICES.theme),
    palette: pick<Palette>(fields.palette, ['green-red', 'blue-orange'], DEFAULT_CHOICES.palette),
    zone: pick<Zone>(fields.zone, ['utc', 'local'], DEFAULT_CHOICES.zone),
    unit: pick<Unit>(fields.unit, ['coin', 'usd'], DEFAULT_CHOICES.unit),
  };
}

/** The next narrower (-1) or wider (+1) window; the outermost ones stay. */
export function stepWindow(each: number | null, by: -1 | 1): number | null {
  const at = WINDOWS.indexOf(each) + by;
  return at >= 0 && at < WINDOWS.length ? (WINDOWS[at] ?? null) : each;
}
