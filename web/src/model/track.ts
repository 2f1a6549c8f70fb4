import type { Lines } from './course';

/** Values of one moment, in the order of the track's names; `null` is absent. */
export type Values = readonly (number | null)[];

/**
 * How a few values went, for a chart: the newest points only, in memory that never grows.
 *
 * Values that come sooner than `shortest` ms after a point take that point's place, so that a busy minute does not
 * push out a quiet hour. It holds (number of values + 1) times `room` numbers of 8 bytes.
 */
export class Track {
  readonly #columns: readonly Float64Array[];
  readonly #room: number;
  readonly #shortest: number;
  #begin = 0;
  #count = 0;
  #broken = false;

  constructor(values: number, room: number, shortest: number) {
    this.#columns = Array.from({ length: values + 1 }, () => new Float64Array(room));
    this.#room = room;
    this.#shortest = shortest;
  }

  get length(): number {
    return this.#count;
  }

  /** Time of the newest point. */
  get newest(): number | null {
    return this.#count === 0 ? null : this.#time(this.#count - 1);
  }

  get bytes(): number {
    return this.#columns.reduce((sum, column) => sum + column.byteLength, 0);
  }

  /** Adds what holds from a moment on, epoch ms; a moment before the newest one changes that. */
  push(at: number, values: Values): void {
    const last = this.newest;
    if (last !== null && !this.#broken && at < last + this.#shortest) {
      this.#write(this.#count - 1, last, values);
      return;
    }
    const next = last === null ? at : Math.max(at, last + this.#shortest);
    if (this.#broken && last !== null) this.#append(last + this.#shortest / 2, []);
    this.#broken = false;
    this.#append(next, values);
  }

  /** What comes next does not follow: the line has a hole before it. */
  break(): void {
    this.#broken = this.#count > 0;
  }

  clear(): void {
    this.#begin = 0;
    this.#count = 0;
    this.#broken = false;
  }

  /** Time, then the values of the asked-for columns, oldest first. */
  lines(...wanted: readonly number[]): Lines {
    return [0, ...wanted.map((index) => index + 1)].map((index) => this.#read(index));
  }

  #read(index: number): (number | null)[] {
    const column = this.#columns[index];
    return Array.from({ length: this.#count }, (_, at) => {
      const value = column?.[(this.#begin + at) % this.#room] ?? NaN;
      return Number.isNaN(value) ? null : value;
    });
  }

  #time(place: number): number {
    return this.#columns[0]?.[(this.#begin + place) % this.#room] ?? 0;
  }

  #append(at: number, values: Values): void {
    if (this.#count === this.#room) this.#begin = (this.#begin + 1) % this.#room;
    else this.#count += 1;
    this.#write(this.#count - 1, at, values);
  }

  #write(place: number, at: number, values: Values): void {
    const slot = (this.#begin + place) % this.#room;
    for (const [index, column] of this.#columns.entries()) {
      column[slot] = index === 0 ? at : (values[index - 1] ?? NaN);
    }
  }
}
