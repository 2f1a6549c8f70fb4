import { fixed } from '../../format/number';
import { type HeatMap, share } from '../../model/surface';
import { colourAt, css, inkOn, type Rgb } from './ramp';
import type { ChartColours } from './theme';

const TOP = 6;
const FOOT = 58;
const RIGHT = 10;
const LEGEND_WIDTH = 160;
/** Narrower cells carry no figures. */
const READABLE = 32;

/** Where the cells are on the canvas, CSS pixels. */
export interface Layout {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly row: number;
}

export function layoutOf(map: HeatMap, width: number, height: number): Layout {
  const longest = Math.max(0, ...map.rows.map((name) => name.length));
  const left = 12 + longest * 6.1;
  return {
    left,
    top: TOP,
    cell: Math.max(1, (width - left - RIGHT) / Math.max(1, map.columns.length)),
    row: Math.max(1, (height - TOP - FOOT) / Math.max(1, map.rows.length)),
  };
}

/** The cell under a point; `null` beside the grid. */
export function cellAt(map: HeatMap, layout: Layout, x: number, y: number): { row: number; column: number } | null {
  const column = Math.floor((x - layout.left) / layout.cell);
  const row = Math.floor((y - layout.top) / layout.row);
  const inside = column >= 0 && column < map.columns.length && row >= 0 && row < map.rows.length;
  return inside ? { row, column } : null;
}

/** Draws the grid with its axes and the legend of colours. */
export function drawGrid(
  pen: CanvasRenderingContext2D,
  map: HeatMap,
  size: { readonly width: number; readonly height: number },
  colours: ChartColours,
  ramp: readonly Rgb[],
): void {
  const layout = layoutOf(map, size.width, size.height);
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, size.width, size.height);
  pen.textBaseline = 'middle';
  pen.font = '11px Inter, "Segoe UI", system-ui, sans-serif';
  drawCells(pen, map, layout, ramp);
  drawLabels(pen, map, layout, colours);
  drawLegend(pen, map, size, colours, ramp);
}

function drawCells(pen: CanvasRenderingContext2D, map: HeatMap, layout: Layout, ramp: readonly Rgb[]): void {
  const { range } = map;
  if (range === null) return;
  const { left, top, cell, row: height } = layout;
  pen.textAlign = 'center';
  map.values.forEach((ivs, row) => {
    ivs.forEach((iv, column) => {
      if (iv === null) return;
      const colour = colourAt(share(iv, range), ramp);
      const [x, y] = [left + column * cell, top + row * height];
      pen.fillStyle = css(colour);
      pen.fillRect(x, y, cell - 1, height - 1);
      if (cell < READABLE || height < 13) return;
      pen.fillStyle = inkOn(colour);
      pen.fillText(fixed(iv * 100, cell < 40 ? 0 : 1), x + cell / 2, y + height / 2);
    });
  });
}

function drawLabels(pen: CanvasRenderingContext2D, map: HeatMap, layout: Layout, colours: ChartColours): void {
  const { left, top, cell, row: height } = layout;
  const foot = top + map.rows.length * height;
  pen.fillStyle = colours.dim;
  pen.textAlign = 'right';
  map.rows.forEach((name, row) => pen.fillText(name, left - 6, top + (row + 0.5) * height));
  pen.textAlign = 'center';
  const money = map.columns.indexOf('100%');
  const step = Math.max(1, Math.ceil(44 / cell));
  map.columns.forEach((name, column) => {
    // Counted from the money, so that it is always labelled.
    if ((column - Math.max(0, money)) % step === 0) pen.fillText(name, left + (column + 0.5) * cell, foot + 10);
  });
  if (money < 0) return;
  pen.strokeStyle = colours.text;
  pen.lineWidth = 1;
  pen.strokeRect(left + money * cell - 0.5, top - 0.5, cell, map.rows.length * height);
}

function drawLegend(
  pen: CanvasRenderingContext2D,
  map: HeatMap,
  { width, height }: { readonly width: number; readonly height: number },
  colours: ChartColours,
  ramp: readonly Rgb[],
): void {
  const y = height - 16;
  const right = width - RIGHT;
  pen.fillStyle = colours.dim;
  pen.textAlign = 'left';
  pen.fillText('Strike / forward', 10, y);
  if (map.range === null) return;
  const [low, high] = map.range;
  const text = (value: number): string => `${fixed(value * 100, 1)}%`;
  pen.textAlign = 'right';
  pen.fillText(text(high), right, y);
  const start = right - pen.measureText(text(high)).width - 6 - LEGEND_WIDTH;
  pen.fillText(`IV  ${text(low)}`, start - 6, y);
  for (let x = 0; x < LEGEND_WIDTH; x += 1) {
    pen.fillStyle = css(colourAt(x / LEGEND_WIDTH, ramp));
    pen.fillRect(start + x, y - 6, 1, 12);
  }
}
