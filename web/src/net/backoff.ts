const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Delays between attempts: doubling up to a bound, each between half and all of its step. */
export class Backoff {
  #step = FIRST_MS;

  constructor(private readonly random: () => number = Math.random) {}

  next(): number {
    const delay = this.#step * (0.5 + 0.5 * this.random());
    this.#step = Math.min(this.#step * 2, LONGEST_MS);
    return delay;
  }

  reset(): void {
    this.#step = FIRST_MS;
  }
}
