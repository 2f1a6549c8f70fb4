import type { Level, Millis } from '../format/units';
import { type Origin, originOf } from '../model/exchange';
import { activeExpiries, expectedMove, type Expiry } from '../model/expiry';
import { freshness, type Freshness, type Link } from '../model/freshness';
import { formatRoute, parseRoute, type Route } from '../model/route';
import { chainChannel, type Gap, type ServerMessage } from '../net/protocol';
import { Rest } from '../net/rest';
import { type Socket, Stream } from '../net/stream';
import { ChainState } from './chain.svelte';
import { Clock } from './clock.svelte';
import { Directory } from './directory.svelte';
import { type Notice, notices } from './notices';
import { Preferences } from './preferences.svelte';
import { selectExpiry } from './selection';
import { remember, type Shelf } from './storage';

const TOKEN_KEY = 'voltape.token';

/** What the dashboard needs from the browser. */
export interface Surroundings {
  readonly api: string;
  readonly connect: (address: string) => Socket;
  readonly local: Shelf;
  readonly session: Shelf;
  /** Called when something is to be drawn. */
  readonly dirty: () => void;
}

/** All state of the page and the connections that feed it. */
export class Dashboard {
  readonly preferences: Preferences;
  readonly directory: Directory;
  readonly chain = new ChainState();
  readonly clock = new Clock();
  link: Link = $state('connecting');
  route: Route = $state.raw(parseRoute(''));
  paused: boolean = $state(false);
  /** Latest outage of the exchange's data that the server told of. */
  gap: Gap | null = $state.raw(null);
  /** True once the user gave a token. */
  tokenGiven: boolean = $state(false);

  readonly #around: Surroundings;
  readonly #stream: Stream;
  #token: string | null = null;
  #asked: string | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#token = around.session.getItem(TOKEN_KEY);
    this.tokenGiven = this.#token !== null;
    this.preferences = new Preferences(around.local);
    this.directory = new Directory(new Rest(around.api, () => this.#token));
    this.#stream = new Stream({
      connect: () => around.connect(this.#streamAddress()),
      onLink: (link) => this.#onLink(link),
      onMessage: (message) => this.#onMessage(message),
      onBroken: () => this.#ask(null),
    });
  }

  /** Coin on screen: from the address, else remembered, else the first there is. */
  readonly underlying = $derived.by((): string | null => {
    const { underlyings } = this.directory;
    if (this.route.underlying !== null) return this.route.underlying;
    const remembered = this.preferences.value.underlying;
    const known = underlyings.some((one) => one.underlying === remembered);
    if (remembered !== null && (known || underlyings.length === 0)) return remembered;
    return underlyings[0]?.underlying ?? null;
  });

  /** Where the data comes from, where that is not the real market. */
  readonly origin = $derived.by((): Origin | null => originOf(this.directory.exchange));

  readonly #listed = $derived.by((): readonly Expiry[] | null =>
    this.directory.expiriesOf === this.underlying ? this.directory.expiries : null,
  );

  /** Expiries of the coin that are still to come. */
  readonly expiries = $derived.by((): Expiry[] => activeExpiries(this.#listed ?? [], this.clock.now));

  readonly #selection = $derived.by(() =>
    selectExpiry(
      this.#listed,
      { asked: this.route.expiry, remembered: this.preferences.value.expiry },
      this.clock.now,
    ),
  );

  readonly expiry = $derived(this.#selection.expiry);

  readonly chosen = $derived.by(
    (): Expiry | null => this.expiries.find((one) => one.expiry === this.expiry) ?? null,
  );

  /** Age of the newest data on screen, ms. */
  readonly age = $derived.by((): number | null => {
    const { newest } = this.chain;
    return newest === null ? null : Math.max(0, this.clock.now - newest);
  });

  readonly freshness = $derived.by(
    (): Freshness => freshness(this.link, this.age, this.chain.allStale),
  );

  readonly msLeft = $derived.by((): number | null =>
    this.chosen === null ? null : this.chosen.at - this.clock.now,
  );

  readonly expectedMove = $derived.by((): Level | null =>
    expectedMove(this.chain.forward, this.chain.atmIv, this.msLeft ?? 0),
  );

  readonly notices = $derived.by((): Notice[] => {
    const { directory, chain } = this;
    return notices({
      health: directory.health,
      freshness: this.freshness,
      now: this.clock.now,
      lastGood: chain.newest,
      underlying: this.underlying,
      expiry: this.expiry,
      wantedExpiry: this.route.expiry,
      wantedIs: this.#selection.wantedIs,
      underlyingUnknown: this.#underlyingUnknown(),
      contracts: chain.rows.length,
      exchangeAge: directory.status?.exchangeAge ?? null,
    });
  });

  start(): void {
    this.clock.start();
    void this.directory.refresh();
  }

  /** The address changed. */
  follow(hash: string): void {
    this.route = parseRoute(hash);
    if (this.route.underlying !== null) {
      this.preferences.update({ underlying: this.route.underlying });
    }
    this.#asked = this.route.expiry;
    this.chain.choose(this.route.settle ?? 'USDT');
    this.#around.dirty();
  }

  /** The page filled in the parts that the address left open; that is no choice of the user. */
  complete(hash: string): void {
    this.route = parseRoute(hash);
  }

  /** Subscribes to the chain to show and lets go of the one before. */
  watch(underlying: string | null, expiry: string | null): void {
    const channel = underlying === null || expiry === null ? null : chainChannel(underlying, expiry);
    const before = this.chain.channel;
    if (channel === before) return;
    this.paused = false;
    if (expiry !== null && expiry === this.#asked) this.preferences.update({ expiry });
    if (before !== null) this.#stream.unsubscribe(before);
    this.chain.watch(channel);
    if (channel !== null) this.#stream.subscribe(channel);
  }

  /** Address of the expiry `by` places away, or `null` at the ends. */
  neighbour(by: number): string | null {
    const { underlying, expiries } = this;
    const at = expiries.findIndex((one) => one.expiry === this.expiry);
    const next = expiries[at < 0 ? 0 : at + by];
    if (underlying === null || next === undefined) return null;
    return formatRoute(underlying, next.expiry, this.route.settle ?? 'USDT');
  }

  /** Keeps a token for this browser session and tries again with it. */
  useToken(token: string): void {
    this.#token = token;
    this.tokenGiven = true;
    remember(this.#around.session, TOKEN_KEY, token);
    void this.directory.refresh();
  }

  /** Without a valid token the stream would only be refused, so it waits for one. */
  streamAllowed(allowed: boolean): void {
    if (allowed) this.#stream.start();
    else this.#stream.stop();
  }

  /** The network or the user came back: don't wait for the next attempt. */
  wake(): void {
    this.clock.tick();
    this.#stream.hurry();
    void this.directory.refresh();
  }

  togglePause(): void {
    this.paused = !this.paused;
    this.#around.dirty();
  }

  #underlyingUnknown(): boolean {
    const { underlyings, health } = this.directory;
    if (health !== 'ok' || underlyings.length === 0) return false;
    return !underlyings.some((one) => one.underlying === this.underlying);
  }

  #streamAddress(): string {
    const query = this.#token === null ? '' : `?token=${encodeURIComponent(this.#token)}`;
    return `${this.#around.api}/stream${query}`;
  }

  #onLink(link: Link): void {
    const regained = link === 'open' && this.link === 'lost';
    this.link = link;
    this.chain.distrust();
    if (link === 'open') this.clock.relearn();
    if (regained) void this.directory.refresh();
  }

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'snapshot':
        this.#hear(message.ts);
        this.chain.snapshot(message);
        break;
      case 'delta':
        this.#hear(message.ts);
        if (!this.chain.delta(message)) this.#ask(message.channel);
        break;
      case 'hello':
      case 'heartbeat':
        this.#hear(message.ts);
        return;
      case 'gap':
        this.#hear(message.ts);
        this.gap = message;
        return;
      case 'error':
      case 'unknown':
        return;
    }
    this.#around.dirty();
  }

  #hear(at: Millis | null): void {
    if (at !== null) this.clock.adjust(at);
  }

  #ask(channel: string | null): void {
    this.chain.distrust();
    this.#stream.refresh(channel);
  }
}
