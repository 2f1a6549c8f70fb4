/** Shortest time between two drawings, ms: ten a second are as many as an eye can read. */
const SHORTEST_MS = 100;

/** Draws once, in the next animation frame, however often it is asked; never more than ten times a second. */
export class Frame {
  readonly #draw: () => void;
  #waiting = false;
  #drawnAt = -SHORTEST_MS;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  readonly request = (): void => {
    if (this.#waiting) return;
    this.#waiting = true;
    const wait = this.#drawnAt + SHORTEST_MS - performance.now();
    if (wait <= 0) requestAnimationFrame(this.#run);
    else setTimeout(() => requestAnimationFrame(this.#run), wait);
  };

  readonly #run = (): void => {
    this.#waiting = false;
    this.#drawnAt = performance.now();
    this.#draw();
  };
}
