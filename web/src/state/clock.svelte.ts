import type { Millis } from '../format/units';

/** The server's time, as far as the last heartbeat tells; one tick a second. */
export class Clock {
  /** Epoch ms by the server's clock, renewed every second. */
  now: Millis = $state.raw(Date.now() as Millis);
  #offset: number | null = null;

  start(): void {
    setInterval(() => this.tick(), 1_000);
  }

  tick(): void {
    this.now = (Date.now() + (this.#offset ?? 0)) as Millis;
  }

  /**
   * Learns from a time in a message. Ages are differences of server times, so a wrong clock on the user's
   * machine must not matter; a message is never younger than its time, so the largest difference is nearest.
   */
  adjust(serverTime: Millis): void {
    const offset = serverTime - Date.now();
    this.#offset = this.#offset === null ? offset : Math.max(this.#offset, offset);
  }

  /** Starts learning anew: on another connection either clock may have been set. */
  relearn(): void {
    this.#offset = null;
  }
}
