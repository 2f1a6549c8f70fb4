import uPlot from 'uplot';
import { decimalsOf, fixed } from '../../format/number';
import type { Millis } from '../../format/units';
import { type ChartColours, faded } from '../chart/theme';

/** Prints a moment in the zone that the page is in, "12:03:44". */
type Clock = (at: Millis) => string;

type Options = Omit<uPlot.Options, 'width' | 'height'>;

const FONT = '11px system-ui, sans-serif';

/** A value that stands still is drawn in the middle, not across the whole height. */
const LEAST_SHARE = 0.0005;

/** The first minute fills the chart from the left. */
const LEAST_SPAN_S = 60;

/** Room around what is drawn, so that a line never runs along the edge. */
export function padded(min: number, max: number): [number, number] {
  const pad = Math.max((max - min) * 0.12, Math.abs(max) * LEAST_SHARE);
  return [min - pad, max + pad];
}

function labels(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 1) - (splits[0] ?? 0);
  const decimals = decimalsOf(Number(step.toPrecision(6)));
  return splits.map((split) => fixed(split, decimals));
}

function base(colours: ChartColours, clock: Clock): Options {
  const look = { stroke: colours.dim, font: FONT, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } };
  return {
    legend: { show: false },
    cursor: { y: false, points: { size: 5 } },
    padding: [8, 26, 0, 0],
    scales: {
      x: { range: (_, from, to) => [from, Math.max(to, from + LEAST_SPAN_S)] },
      y: { range: (_, min, max) => padded(min, max) },
    },
    axes: [
      { ...look, size: 22, space: 70, values: (_, splits) => splits.map((at) => clock((at * 1_000) as Millis)) },
      { ...look, size: 58, space: 18, values: (_, splits) => labels(splits) },
    ],
    series: [{}],
  };
}

const stepped = uPlot.paths.stepped?.({ align: 1 });
const steps = stepped === undefined ? {} : { paths: stepped };

/** One line. */
export function lineOptions(clock: Clock): (colours: ChartColours) => Options {
  return (colours) => ({
    ...base(colours, clock),
    series: [{}, { ...steps, stroke: colours.accent, width: 1.5, points: { show: false } }],
  });
}

/** The second line within a band between the first and the third. */
export function bandOptions(clock: Clock): (colours: ChartColours) => Options {
  return (colours) => {
    const edge = { ...steps, stroke: colours.dim, width: 1, points: { show: false } };
    return {
      ...base(colours, clock),
      series: [{}, edge, { ...edge, stroke: colours.accent, width: 1.5 }, edge],
      bands: [{ series: [3, 1], fill: faded(colours.dim, 0.18) }],
    };
  };
}
