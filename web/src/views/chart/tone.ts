import type { Tone } from '../../model/plot';
import type { ChartColours } from './theme';

/** The colour on a canvas. */
export function colourOf(tone: Tone, colours: ChartColours): string {
  return typeof tone === 'number' ? (colours.series[tone - 1] ?? colours.text) : colours[tone];
}
