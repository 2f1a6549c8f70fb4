import { strike as strikeText } from '../format/number';
import type { Strike } from '../format/units';
import type { Axis } from './plot';

/** Width of a strike's label and the room around it, pixels. */
const LABEL = 58;

/**
 * Strikes side by side at equal distances: listed strikes lie dense near the money and far apart elsewhere, and
 * bars at their true distances would be hairlines where most of the interest is.
 */
export class StrikeScale {
  constructor(readonly strikes: readonly number[]) {}

  /** Place of a price between the strikes around it; `null` outside them. */
  placeOf(price: number | null): number | null {
    const { strikes } = this;
    if (price === null) return null;
    const above = strikes.findIndex((strike) => strike >= price);
    if (above < 0) return null;
    const high = strikes[above] ?? price;
    if (high === price) return above;
    const low = strikes[above - 1];
    return low === undefined ? null : above - 1 + (price - low) / (high - low);
  }

  get places(): number[] {
    return this.strikes.map((_, place) => place);
  }

  axis(label: string): Axis {
    const text = (place: number): string => {
      const strike = this.strikes[Math.round(place)];
      return strike === undefined ? '' : strikeText(strike as Strike);
    };
    return {
      label,
      range: [-0.7, Math.max(0, this.strikes.length - 1) + 0.7],
      text,
      places: (low, high, room) => this.#labelled(low, high, room),
    };
  }

  /** Every n-th strike, as many as there is room for. */
  #labelled(low: number, high: number, room: number): number[] {
    const first = Math.max(0, Math.ceil(low));
    const last = Math.min(this.strikes.length - 1, Math.floor(high));
    const step = Math.max(1, Math.ceil(((last - first + 1) * LABEL) / Math.max(1, room)));
    const places: number[] = [];
    for (let place = first + Math.floor(((last - first) % step) / 2); place <= last; place += step) places.push(place);
    return places;
  }
}
