import type uPlot from 'uplot';
import type { Mark } from '../../model/plot';
import type { ChartColours } from './theme';
import { colourOf } from './tone';

const LINE = 14;

interface Placed {
  readonly mark: Mark;
  readonly x: number;
}

/** Draws the zero line and vertical lines with their labels above each other where they would touch. */
export function drawMarks(chart: uPlot, marks: readonly Mark[], colours: ChartColours): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  drawZero(chart, colours);
  ctx.font = `600 ${11 * scale}px Inter, "Segoe UI", system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const ends: number[] = [];
  for (const { mark, x } of visible(chart, marks)) {
    const colour = colourOf(mark.tone, colours);
    line(chart, x, colour, scale);
    if (mark.label === '') continue;
    const width = ctx.measureText(mark.label).width + 8 * scale;
    const right = x + width + 4 * scale > bbox.left + bbox.width;
    const left = right ? x - width - 2 * scale : x + 2 * scale;
    let row = ends.findIndex((end) => end <= left);
    if (row < 0) row = ends.length;
    ends[row] = left + width;
    const top = bbox.top + row * LINE * scale;
    ctx.fillStyle = colours.ground;
    ctx.globalAlpha = 0.85;
    ctx.fillRect(left, top + scale, width, LINE * scale);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour;
    ctx.fillText(mark.label, left + 4 * scale, top + (LINE / 2 + 1) * scale);
  }
  ctx.restore();
}

function visible(chart: uPlot, marks: readonly Mark[]): Placed[] {
  const { left, width } = chart.bbox;
  return marks
    .map((mark) => ({ mark, x: Math.round(chart.valToPos(mark.at, 'x', true)) }))
    .filter(({ x }) => x >= left && x <= left + width)
    .sort((a, b) => a.x - b.x);
}

function line(chart: uPlot, x: number, colour: string, scale: number): void {
  const { ctx, bbox } = chart;
  ctx.strokeStyle = colour;
  ctx.lineWidth = scale;
  ctx.setLineDash([4 * scale, 3 * scale]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

function drawZero(chart: uPlot, colours: ChartColours): void {
  const { ctx, bbox } = chart;
  const { min = 0, max = 0 } = chart.scales['y'] ?? {};
  if (!(min < 0 && max > 0)) return;
  const y = Math.round(chart.valToPos(0, 'y', true));
  ctx.strokeStyle = colours.dim;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
}
