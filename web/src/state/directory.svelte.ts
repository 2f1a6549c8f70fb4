import type { Expiry } from '../model/expiry';
import { ProtocolError } from '../net/checks';
import { Refused, type Rest, type Status, Unauthorised, type Underlying, Unreachable } from '../net/rest';

export type Health = 'loading' | 'ok' | 'unreachable' | 'unauthorised';

const EVERY_MS = 5_000;
const RETRY_MS = 2_000;

/** What there is to show: underlyings, expiries of the chosen one and the server's figures, polled. */
export class Directory {
  underlyings: readonly Underlying[] = $state.raw([]);
  expiries: readonly Expiry[] = $state.raw([]);
  /** Underlying that `expiries` belongs to; `null` until they have been read. */
  expiriesOf: string | null = $state.raw(null);
  status: Status | null = $state.raw(null);
  /** Host that the data comes from, as the server last told; it stays known while the server is away. */
  exchange: string | null = $state.raw(null);
  health: Health = $state.raw('loading');

  /** Contracts that the server has data of. */
  readonly contracts = $derived((this.status?.live ?? 0) + (this.status?.polled ?? 0));

  /** Done once the first expiries have been read. */
  readonly known: Promise<void>;

  readonly #rest: Rest;
  #tell: () => void = () => undefined;
  readonly #first: () => string | null;
  #underlying: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  /** `first` names the underlying to begin with: at once, or when it is known which there are. */
  constructor(rest: Rest, first: () => string | null) {
    this.#rest = rest;
    this.#first = first;
    this.known = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Reads the expiries of another underlying now. */
  choose(underlying: string | null): void {
    if (underlying === this.#underlying) return;
    this.#underlying = underlying;
    this.expiries = [];
    this.expiriesOf = null;
    void this.refresh();
  }

  /** Reads everything now and goes on at intervals; a round that was overtaken changes nothing. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    this.#round += 1;
    const round = this.#round;
    const health = await this.#read(round);
    if (round !== this.#round) return;
    this.health = health;
    this.#timer = setTimeout(() => void this.refresh(), health === 'ok' ? EVERY_MS : RETRY_MS);
  }

  async #read(round: number): Promise<Health> {
    // Who comes back, or follows a link, is not kept waiting for the list of what there is.
    this.#underlying ??= this.#first();
    const underlying = this.#underlying;
    try {
      await Promise.all([
        this.#readUnderlyings(round),
        this.#readExpiries(round, underlying),
        this.#readStatus(round),
      ]);
      return 'ok';
    } catch (error) {
      if (error instanceof Unauthorised) return 'unauthorised';
      if (error instanceof Unreachable || error instanceof Refused || error instanceof ProtocolError) {
        return 'unreachable';
      }
      throw error;
    }
  }

  /** On a first visit the first of the list is chosen, and its expiries asked for in the same round. */
  async #readUnderlyings(round: number): Promise<void> {
    const found = await this.#rest.underlyings();
    if (round !== this.#round) return;
    this.underlyings = found;
    if (this.#underlying !== null) return;
    this.#underlying = this.#first();
    await this.#readExpiries(round, this.#underlying);
  }

  async #readExpiries(round: number, underlying: string | null): Promise<void> {
    if (underlying === null) return;
    const found = await this.#rest.expiries(underlying).catch(emptyIfRefused);
    if (round !== this.#round) return;
    this.expiries = found;
    this.expiriesOf = underlying;
    this.#tell();
  }

  /** The figures at the foot of the page are an extra: the page works without them. */
  async #readStatus(round: number): Promise<void> {
    const found = await this.#rest.status().catch(nullUnlessUnauthorised);
    if (round !== this.#round) return;
    this.status = found;
    this.exchange = found === null ? this.exchange : found.exchange;
  }
}

function emptyIfRefused(error: unknown): Expiry[] {
  if (error instanceof Refused) return [];
  throw error;
}

function nullUnlessUnauthorised(error: unknown): null {
  if (error instanceof Refused || error instanceof Unreachable || error instanceof ProtocolError) return null;
  throw error;
}
