/** Colours of a chart, read from the page's own: a canvas knows no CSS variables. */
export interface ChartColours {
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly ground: string;
  readonly panel: string;
  readonly accent: string;
  readonly call: string;
  readonly put: string;
  readonly up: string;
  readonly down: string;
  /** For several lines in one chart, told apart by colour-blind eyes too. */
  readonly series: readonly string[];
}

const SERIES = 8;

/** Colours in force now; read anew after a change of theme or palette. */
export function chartColours(of: Element = document.documentElement): ChartColours {
  const style = getComputedStyle(of);
  const named = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: named('text'),
    dim: named('dim'),
    line: named('line'),
    ground: named('ground'),
    panel: named('panel'),
    accent: named('accent'),
    call: named('call'),
    put: named('put'),
    up: named('up'),
    down: named('down'),
    series: Array.from({ length: SERIES }, (_, index) => named(`series-${index + 1}`)),
  };
}

/** The colour with so much of it left, 0 to 1. */
export function faded(colour: string, alpha: number): string {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) return colour;
  const [red, green, blue] = [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}
