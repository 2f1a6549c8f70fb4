import type { Band, Draw, Plot, Tone } from '../../model/plot';

/** An entry of a chart's key. */
export interface Key {
  readonly label: string;
  readonly tone: Tone;
  readonly draw: Draw | 'band';
  readonly dashed: boolean;
}

/** The key of a plot: each name once. */
export function keysOf(plot: Plot): Key[] {
  const keys: Key[] = [];
  for (const { label, tone, draw, dashed = false, named = true } of plot.traces) {
    if (named && draw !== 'edge') keys.push({ label, tone, draw, dashed });
  }
  for (const { label, tone } of plot.bands ?? []) {
    if (label !== undefined) keys.push({ label, tone, draw: 'band', dashed: false });
  }
  return keys;
}

/** What a chart has to be made anew for: everything but the numbers. */
export function structureOf(plot: Plot): string {
  const traces = plot.traces.map(({ label, tone, draw, dashed = false }) => [label, tone, draw, dashed]);
  const bands = (plot.bands ?? []).map(({ upper, lower, tone }: Band) => [upper, lower, tone]);
  return JSON.stringify([traces, bands, plot.x.label, plot.y.label]);
}
