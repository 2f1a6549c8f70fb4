import type { Band, Draw, Plot, Tone } from '../../model/plot';

/** An entry of a chart's key. */
export interface Key {
  readonly label: string;
  readonly tone: Tone;
  /** How it is drawn, as text. */
  readonly sign: string;
}

const LINE = '━━';
const DASHED = '╍╍';
const BAND = '▒▒';
const SIGNS: Readonly<Partial<Record<Draw, string>>> = { bars: '■', points: '○', both: '━●' };

/** The key of a plot: each name once. */
export function keysOf(plot: Plot): Key[] {
  const traces = plot.traces.filter(({ named = true, draw }) => named && draw !== 'edge');
  return [
    ...traces.map(({ label, tone, draw, dashed }) => ({ label, tone, sign: dashed ? DASHED : (SIGNS[draw] ?? LINE) })),
    ...(plot.bands ?? []).flatMap(({ label, tone }) => (label === undefined ? [] : [{ label, tone, sign: BAND }])),
  ];
}

/** What a chart has to be made anew for: everything but the numbers. */
export function structureOf(plot: Plot): string {
  const traces = plot.traces.map(({ label, tone, draw, dashed = false }) => [label, tone, draw, dashed]);
  const bands = (plot.bands ?? []).map(({ upper, lower, tone }: Band) => [upper, lower, tone]);
  return JSON.stringify([traces, bands, plot.x.label, plot.y.label]);
}
