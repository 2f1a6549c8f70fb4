import { csv } from './csv';

/** Colour by meaning; a number is one of the series colours, from 1. */
export type Tone = 'call' | 'put' | 'accent' | 'dim' | 'text' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export type Draw = 'line' | 'points' | 'both' | 'step' | 'held' | 'bars' | 'edge';

/** One line, row of points or of bars; steps end at their sample or are held until the next; an `edge` of a band is not drawn itself. */
export interface Trace {
  readonly label: string;
  readonly tone: Tone;
  readonly draw: Draw;
  readonly dashed?: boolean;
  /** Ascending. */
  readonly xs: readonly number[];
  /** `null` is a gap. */
  readonly ys: readonly (number | null)[];
  /** What the pointer is told about the sample at a place; nothing at all where this is `null`. */
  readonly tell?: ((at: number) => string) | null;
  /** False keeps it out of the key. */
  readonly named?: boolean;
}

/** The area between two traces, by their places. */
export interface Band {
  readonly upper: number;
  readonly lower: number;
  readonly tone: Tone;
  /** Absent keeps it out of the key. */
  readonly label?: string;
}

/** A vertical line. */
export interface Mark {
  readonly at: number;
  readonly label: string;
  readonly tone: Tone;
}

export type Range = readonly [low: number, high: number];

export interface Axis {
  /** With its unit. */
  readonly label: string;
  /** What is shown before the user looks closer; `null` is everything. */
  readonly range: Range | null;
  /** A value at the axis, where neighbours are so far apart. */
  readonly text: (value: number, step?: number) => string;
  /** A value as the pointer is told. */
  readonly full?: (value: number) => string;
  /** Lines of a label's text. */
  readonly lines?: number;
  /** Places of the labels within a range, for so much room in pixels. */
  readonly places?: (low: number, high: number, room: number) => number[];
}

/** What a chart shows. */
export interface Plot {
  readonly traces: readonly Trace[];
  readonly bands?: readonly Band[];
  readonly marks?: readonly Mark[];
  readonly x: Axis;
  readonly y: Axis;
}

/** Rows of text under headings: a chart for those who can't see it, and for spreadsheets. */
export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One list of places for all traces; `undefined` where a trace has no sample, `null` where that is a gap. */
export type Aligned = [number[], ...(number | null | undefined)[][]];

export function align(traces: readonly Trace[]): Aligned {
  const places = [...new Set(traces.flatMap((trace) => trace.xs))].sort((a, b) => a - b);
  const rows = new Map(places.map((place, row) => [place, row]));
  const columns = traces.map((trace) => {
    const column = new Array<number | null | undefined>(places.length).fill(undefined);
    trace.xs.forEach((place, index) => {
      const row = rows.get(place);
      if (row !== undefined) column[row] = trace.ys[index] ?? null;
    });
    return column;
  });
  return [places, ...columns];
}

/** Index of the ascending value nearest to `wanted`; -1 of none. */
export function nearest(xs: readonly number[], wanted: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const before = xs[low - 1];
  const found = xs[low];
  if (found === undefined) return -1;
  return before !== undefined && wanted - before < found - wanted ? low - 1 : low;
}

/** What the pointer is told at a place: a line for each trace that has a sample near it. */
export function told(plot: Plot, place: number): { tone: Tone; label: string; text: string }[] {
  const [low, high] = plot.x.range ?? [-Infinity, Infinity];
  const reach = Number.isFinite(high - low) ? (high - low) / 20 : Infinity;
  return plot.traces.flatMap((trace) => {
    if (trace.tell === null || trace.draw === 'edge') return [];
    const at = nearest(trace.xs, place);
    const sample = trace.xs[at];
    if (sample === undefined || Math.abs(sample - place) > reach) return [];
    const value = trace.ys[at] ?? null;
    const text = trace.tell?.(at) ?? (value === null ? '–' : (plot.y.full ?? plot.y.text)(value));
    return [{ tone: trace.tone, label: trace.label, text }];
  });
}

/** The range of some values with room at both ends; `null` without any. */
export function rangeOf(values: Iterable<number | null | undefined>, room = 0.08, least = 0): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  const lacking = Math.max(0, least - (high - low)) / 2;
  const margin = (high - low) * room + lacking + (high === low && least === 0 ? Math.abs(high) * room || 1 : 0);
  return [low - margin, high + margin];
}

/** Round places, at most so many, within a range. */
export function roundPlaces(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  // Products keep 0.3 from becoming 0.30000000000000004.
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** A cell as spreadsheets read it: numbers without separators and with a plain minus, nothing for what is absent. */
function plain(cell: string): string {
  if (cell === '–') return '';
  const bare = cell.replaceAll('−', '-');
  return /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare) ? bare.replaceAll(',', '') : bare;
}

/** A sheet as comma-separated values. */
export function csvOf({ columns, rows }: Sheet): string {
  return csv([columns, ...rows].map((row) => row.map(plain)));
}
