import uPlot from 'uplot';
import { type Axis, type Plot, type Range, rangeOf, roundPlaces, type Trace } from '../../model/plot';
import { drawMarks } from './marks';
import { type ChartColours, faded } from './theme';
import { colourOf } from './tone';

const FONT = '11px Inter, "Segoe UI", system-ui, sans-serif';
/** From so many points on they are drawn smaller. */
const MANY = 60;
const HEADROOM = 0.1;

/** What the options ask back while the chart lives. */
export interface Asked {
  /** What is shown now. */
  readonly plot: () => Plot;
  /** The part of the x axis that the user looks at; `null` is all of it. */
  readonly zoom: () => Range | null;
  readonly onZoom: (range: Range | null) => void;
  /** The pointer moved, and on that side is room; `null` when it left. */
  readonly onPoint: (place: number | null, side: 'left' | 'right') => void;
}

function series(trace: Trace, colours: ChartColours): uPlot.Series {
  const colour = colourOf(trace.tone, colours);
  const { draw } = trace;
  const points = { size: 5, width: 1, stroke: colour, fill: draw === 'points' ? colours.ground : colour };
  const common: uPlot.Series = { label: trace.label, stroke: colour, width: 1.5, auto: draw !== 'edge' };
  const dash = trace.dashed === true ? { dash: [5, 4] } : {};
  switch (draw) {
    case 'bars':
      return {
        ...common,
        ...barPaths(),
        width: 0,
        fill: faded(colour, 0.85),
        points: { show: false },
      };
    case 'points':
      return { ...common, paths: () => null, points: { ...points, show: true, size: trace.xs.length > MANY ? 4 : 6 } };
    case 'step':
    case 'held':
      return { ...common, ...dash, ...stepPaths(draw === 'held'), points: { show: false } };
    case 'edge':
      return { ...common, stroke: faded(colour, 0.35), width: 1, points: { show: false } };
    default:
      return { ...common, ...dash, points: { ...points, show: draw === 'both' } };
  }
}

function barPaths(): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.bars?.({ size: [0.72, 36, 1], gap: 0 });
  return paths === undefined ? {} : { paths };
}

/** Steps that begin at their sample, or end there: what holds between two expiries belongs to the later one. */
function stepPaths(begin: boolean): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.stepped?.({ align: begin ? 1 : -1 });
  return paths === undefined ? {} : { paths };
}

function axis(of: () => Axis, colours: ChartColours, upright: boolean, compact: boolean): uPlot.Axis {
  const places = (chart: uPlot, low: number, high: number): number[] => {
    const room = (upright ? chart.bbox.height : chart.bbox.width) / uPlot.pxRatio;
    return of().places?.(low, high, room) ?? roundPlaces(low, high, Math.max(2, room / (upright ? (compact ? 22 : 32) : 64)));
  };
  return {
    ...(compact ? {} : { label: of().label, labelFont: FONT, labelSize: 18, labelGap: 0 }),
    font: FONT,
    stroke: colours.dim,
    size: upright ? 50 : 10 + 14 * (of().lines ?? 1),
    gap: 4,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    splits: (chart, _axis, low, high) => places(chart, low, high),
    values: (_chart, found) => found.map((value) => of().text(value, (found[1] ?? 1) - (found[0] ?? 0))),
  };
}

function shown(asked: Asked, low: number | null, high: number | null): uPlot.Range.MinMax {
  const { traces, marks = [], y } = asked.plot();
  const own = asked.zoom() === null ? y.range : null;
  const bars = traces.some((trace) => trace.draw === 'bars');
  const [from, to] = own ?? rangeOf(bars ? [low, high, 0] : [low, high]) ?? [0, 1];
  // Labels of marks are at the top, where they should hide nothing.
  return [from, marks.some((mark) => mark.label !== '') ? to + (to - from) * HEADROOM : to];
}

/** Options of a chart that shows whatever `asked.plot()` is when it draws. */
export function plotOptions(
  asked: Asked,
  colours: ChartColours,
  compact: boolean,
): Omit<uPlot.Options, 'width' | 'height'> {
  const { plot } = asked;
  return {
    series: [{}, ...plot().traces.map((trace) => series(trace, colours))],
    bands: (plot().bands ?? []).map(({ upper, lower, tone }) => ({
      series: [upper + 1, lower + 1],
      fill: faded(colourOf(tone, colours), 0.16),
    })),
    scales: {
      x: {
        time: false,
        range: (_chart, low, high) => {
          const [from, to] = asked.zoom() ?? plot().x.range ?? [low, high];
          return to > from ? [from, to] : [from - 1, to + 1];
        },
      },
      y: { range: (_chart, low, high) => shown(asked, low, high) },
    },
    axes: [axis(() => plot().x, colours, false, compact), axis(() => plot().y, colours, true, compact)],
    padding: [8, compact ? 26 : 14, 0, 0],
    legend: { show: false },
    cursor: {
      points: { size: 7 },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          asked.onZoom(null);
          return null;
        },
      },
    },
    hooks: {
      draw: [(chart) => drawMarks(chart, plot().marks ?? [], colours)],
      setCursor: [
        (chart) => {
          const { left = -1 } = chart.cursor;
          asked.onPoint(left < 0 ? null : chart.posToVal(left, 'x'), left > chart.over.clientWidth / 2 ? 'left' : 'right');
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 8) return;
          const range: Range = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')];
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          asked.onZoom(range);
        },
      ],
    },
  };
}
