import { DASH, decimalsOf, fixed } from '../format/number';
import type { Zone } from '../format/time';
import { type Draw, type Plot, rangeOf, type Sheet, type Tone } from './plot';
import { stamp, timeAxis, timeLabel } from './time-axis';

/** Columns of numbers: the first is time, epoch ms; `null` is a hole in the line. */
export type Lines = readonly (readonly (number | null)[])[];

/** What a column is called, its colour, and how it is drawn. */
export type Line = readonly [label: string, tone: Tone, draw?: Draw, dashed?: boolean];

/** How some values went over time. */
export interface Course {
  readonly columns: Lines;
  /** One for each column behind the first. */
  readonly lines: readonly Line[];
  /** The ground between the first line and the third is coloured. */
  readonly band?: boolean;
  readonly unit: string;
  /** Least height of the value axis. */
  readonly least?: number;
  /** Least width of the time axis, ms. */
  readonly span?: number;
}

/** A value that stands still is drawn in the middle, not across the whole height. */
const LEAST_SHARE = 0.001;

/** A value in full, with four decimals at most. */
function inFull(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : fixed(value, Math.min(4, decimalsOf(value)));
}

export function coursePlot({ columns, lines, band = false, unit, least = 0, span }: Course, zone: Zone): Plot {
  const [times = [], ...values] = columns;
  const xs = times.map(Number);
  const known = values.flat().filter((value) => value !== null);
  const standing = LEAST_SHARE * Math.abs(known[0] ?? 0);
  const [from, to] = rangeOf(known, 0.12, Math.max(least, standing)) ?? [0, 1];
  return {
    traces: lines.map(([label, tone, draw = 'held', dashed = false], at) => ({
      label,
      tone,
      draw,
      dashed,
      xs,
      ys: values[at] ?? [],
    })),
    bands: band ? [{ upper: 2, lower: 0, tone: 'dim' }] : [],
    x: timeAxis(xs, zone, span),
    y: {
      label: unit,
      range: [known.some((value) => value < 0) ? from : Math.max(0, from), to],
      text: (value, step = 1) => fixed(value, decimalsOf(Number(step.toPrecision(6)))),
      full: (value) => `${inFull(value)} ${unit}`,
    },
  };
}

export function courseSheet({ columns, lines }: Course, zone: Zone): Sheet {
  const [times = [], ...values] = columns;
  return {
    columns: [timeLabel(zone), ...lines.map(([label]) => label)],
    rows: times.map((at, row) => [stamp(Number(at), zone), ...values.map((column) => inFull(column[row]))]),
  };
}
