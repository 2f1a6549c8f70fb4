import { type Choices, parseChoices } from './choices';
import { remember, type Shelf } from './storage';

const KEY = 'voltape.choices';

/** The user's choices; every change is remembered at once. */
export class Preferences {
  #choices: Choices = $state.raw(parseChoices(null));
  readonly #shelf: Shelf;

  constructor(on: Shelf) {
    this.#shelf = on;
    this.#choices = parseChoices(on.getItem(KEY));
  }

  get value(): Choices {
    return this.#choices;
  }

  update(change: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...change };
    remember(this.#shelf, KEY, JSON.stringify(this.#choices));
  }
}
