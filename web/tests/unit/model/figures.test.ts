import { describe, expect, it } from 'vitest';
import { PRESET_NAMES } from '../../../src/model/columns';
import { FIGURES } from '../../../src/model/fields';
import { FIGURE_KEYS, isFigureKey, presetFigures, toggleFigure } from '../../../src/model/figures';

it('each name has its field in the table', () => {
  expect(FIGURES.map((one) => one.key)).toEqual(FIGURE_KEYS);
});

describe('the choice of columns', () => {
  it.each(PRESET_NAMES)('%s has lane and age, each column once and in the usual order', (name) => {
    const keys = presetFigures(name);
    expect(keys).toEqual(FIGURE_KEYS.filter((key) => keys.includes(key)));
    expect(keys).toEqual(expect.arrayContaining(['lane', 'age']));
  });

  it('adds a column at its usual place and keeps the last one', () => {
    expect(toggleFigure(['age', 'delta'], 'lane')).toEqual(['delta', 'lane', 'age']);
    expect(toggleFigure(['delta'], 'delta')).toEqual(['delta']);
  });

  it('knows no other names', () => {
    expect(['symbol', 'constructor', 7, null].some(isFigureKey)).toBe(false);
  });
});
