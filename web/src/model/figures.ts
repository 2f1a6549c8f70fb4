import { type ColumnKey, COLUMNS, PRESETS, type PresetName } from './columns';

/** Fields of the table of contracts to choose from: those of the chain, and those that make sense over many chains. */
export type FigureKey = ColumnKey | 'spread_share' | 'lane';

/** All of them, in their usual order. */
export const FIGURE_KEYS: readonly FigureKey[] = [
  ...COLUMNS.flatMap(({ key }): FigureKey[] => (key === 'age' ? [] : key === 'spread' ? [key, 'spread_share'] : [key])),
  'lane',
  'age',
];

export function isFigureKey(value: unknown): value is FigureKey {
  return FIGURE_KEYS.some((key) => key === value);
}

function inUsualOrder(keys: readonly FigureKey[]): FigureKey[] {
  return FIGURE_KEYS.filter((key) => keys.includes(key));
}

/** A preset of the chain with what many chains in one list need beside it. */
export function presetFigures(name: PresetName): FigureKey[] {
  const beside: FigureKey[] = name === 'Price' ? ['spread_share', 'turnover_24h', 'lane', 'age'] : ['lane', 'age'];
  return inUsualOrder([...PRESETS[name], ...beside]);
}

/** Adds or takes out one field; the last one stays. */
export function toggleFigure(keys: readonly FigureKey[], key: FigureKey): FigureKey[] {
  if (!keys.includes(key)) return inUsualOrder([...keys, key]);
  return keys.length === 1 ? [...keys] : keys.filter((other) => other !== key);
}
