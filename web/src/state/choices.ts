import { type ColumnKey, isColumnKey, PRESETS } from '../model/columns';
import type { Kind } from '../model/ticker';

export type Theme = 'dark' | 'light' | 'system';
export type Palette = 'green-red' | 'blue-orange';

/** What the page remembers between visits. */
export interface Choices {
  readonly underlying: string | null;
  readonly expiry: string | null;
  readonly columns: readonly ColumnKey[];
  /** Strikes shown on each side of ATM; `null` is all. */
  readonly each: number | null;
  /** Side shown where there is room for one only. */
  readonly side: Kind;
  readonly theme: Theme;
  readonly palette: Palette;
}

/** Strikes on each side of ATM to choose from. */
export const WINDOWS: readonly (number | null)[] = [5, 10, 15, 20, 25, null];

export const DEFAULT_CHOICES: Choices = {
  underlying: null,
  expiry: null,
  columns: PRESETS.Price,
  each: 15,
  side: 'call',
  theme: 'dark',
  palette: 'green-red',
};

function pick<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function columnsIn(value: unknown): readonly ColumnKey[] {
  if (!Array.isArray(value)) return DEFAULT_CHOICES.columns;
  const known = [...new Set(value)].filter(isColumnKey);
  return known.length === 0 ? DEFAULT_CHOICES.columns : known;
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
    columns: columnsIn(fields.columns),
    each: fields.each === null ? null : pick(fields.each, WINDOWS, DEFAULT_CHOICES.each),
    side: pick<Kind>(fields.side, ['call', 'put'], DEFAULT_CHOICES.side),
    theme: pick<Theme>(fields.theme, ['dark', 'light', 'system'], DEFAULT_CHOICES.theme),
    palette: pick<Palette>(fields.palette, ['green-red', 'blue-orange'], DEFAULT_CHOICES.palette),
  };
}

/** The next narrower (-1) or wider (+1) window; the outermost ones stay. */
export function stepWindow(each: number | null, by: -1 | 1): number | null {
  const at = WINDOWS.indexOf(each) + by;
  return at >= 0 && at < WINDOWS.length ? (WINDOWS[at] ?? null) : each;
}
