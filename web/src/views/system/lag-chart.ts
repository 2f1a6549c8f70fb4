import type uPlot from 'uplot';
import type { Millis } from '../../format/units';
import type { Point } from '../../model/system-samples';
import type { ChartColours } from '../chart/theme';

const SHORTEST_S = 120;
const LINES = ['p50', 'p95', 'p99'] as const;

/** Times (s) and the three quantiles (ms). */
export function lagData(history: readonly Point[]): uPlot.AlignedData {
  return [history.map((point) => point.at / 1_000), ...LINES.map((name) => history.map((point) => point.lag[name]))];
}

/** From the oldest point on, but two minutes at least, so that the first ones do not race across. */
function span(oldest: number, newest: number): [number, number] {
  return [Math.min(oldest, newest - SHORTEST_S), newest];
}

/** What the chart looks like; `time` is a moment in the user's zone. */
export function lagOptions(
  colours: ChartColours,
  time: (at: Millis) => string,
): Omit<uPlot.Options, 'width' | 'height'> {
  const axis = { stroke: colours.dim, grid: { stroke: colours.line, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: (_, oldest, newest) => span(oldest ?? 0, newest ?? 0) },
      y: { range: (_, __, high) => [0, Math.max(10, (high ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        space: 70,
        values: (_, times) => times.map((at) => (at % 60 === 0 ? time((at * 1_000) as Millis).slice(0, 5) : '')),
      },
      { ...axis, size: 44, space: 24, values: (_, values) => values.map((value) => `${value}`) },
    ],
    series: [
      {},
      ...LINES.map((label, index) => ({
        label,
        stroke: colours.series[index] ?? colours.text,
        width: 1.25,
        points: { show: false },
        ...(index === 0 ? {} : { dash: index === 1 ? [6, 3] : [2, 3] }),
      })),
    ],
  };
}
