/** A colour as red, green, blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

const STOPS = 6;

/** Colours of the sequential scale, dark to light, from the page's variables: in order for colour-blind eyes too. */
export function rampColours(of: Element = document.documentElement): Rgb[] {
  const style = getComputedStyle(of);
  return Array.from({ length: STOPS }, (_, index) => rgbOf(style.getPropertyValue(`--ramp-${index + 1}`).trim()));
}

export function rgbOf(hex: string): Rgb {
  const digits = /^#([0-9a-f]{6})$/i.exec(hex)?.[1] ?? '808080';
  const part = (at: number): number => parseInt(digits.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

/** The colour at a place on the scale, 0 to 1. */
export function colourAt(share: number, ramp: readonly Rgb[]): Rgb {
  const along = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const below = Math.min(ramp.length - 2, Math.floor(along));
  const [low, high] = [ramp[below] ?? [128, 128, 128], ramp[below + 1] ?? [128, 128, 128]];
  const part = along - below;
  const mixed = (at: 0 | 1 | 2): number => Math.round(low[at] + (high[at] - low[at]) * part);
  return [mixed(0), mixed(1), mixed(2)];
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Black or white, whichever is read better on this ground. */
export function inkOn([red, green, blue]: Rgb): string {
  const linear = (part: number): number => (part / 255) ** 2.2;
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return light > 0.179 ? '#000000' : '#ffffff';
}
