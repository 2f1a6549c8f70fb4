import { expect, it } from 'vitest';
import { heatMap } from '../../../../src/model/surface';
import { cellAt, layoutOf } from '../../../../src/views/chart/grid';
import { SURFACE } from '../../analytics';

const MAP = heatMap(SURFACE, 'tenors');
const LAYOUT = layoutOf(MAP, 600, 300);

it('a point is in the cell that is drawn there', () => {
  const at = (row: number, column: number): [number, number] =>
    [LAYOUT.left + (column + 0.5) * LAYOUT.cell, LAYOUT.top + (row + 0.5) * LAYOUT.row];
  expect(cellAt(MAP, LAYOUT, ...at(1, 4))).toEqual({ row: 1, column: 4 });
  expect(cellAt(MAP, LAYOUT, ...at(0, 0))).toEqual({ row: 0, column: 0 });
});

it('beside the grid there is no cell', () => {
  expect(cellAt(MAP, LAYOUT, LAYOUT.left - 1, 20)).toBeNull();
  expect(cellAt(MAP, LAYOUT, LAYOUT.left + 5, 299)).toBeNull();
});

it('the grid stays within the canvas', () => {
  expect(LAYOUT.left + LAYOUT.cell * MAP.columns.length).toBeLessThanOrEqual(600);
});
