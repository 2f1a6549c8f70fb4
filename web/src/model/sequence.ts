/** What to do with a numbered message of a channel. */
export type Verdict = 'apply' | 'skip' | 'gap';

/** Follows the numbers of one channel: a snapshot starts it, a delta must be the previous number plus one. */
export class Sequence {
  #last: number | null = null;

  snapshot(seq: number): Verdict {
    this.#last = seq;
    return 'apply';
  }

  /** `skip` while a snapshot is awaited; `gap` once, at the first number that does not follow. */
  delta(seq: number): Verdict {
    if (this.#last === null) return 'skip';
    if (seq <= this.#last) return 'skip';
    if (seq !== this.#last + 1) {
      this.#last = null;
      return 'gap';
    }
    this.#last = seq;
    return 'apply';
  }

  /** Forgets the number, so that deltas are skipped until the next snapshot. */
  reset(): void {
    this.#last = null;
  }
}
