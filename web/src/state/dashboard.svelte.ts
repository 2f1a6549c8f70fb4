import { clockTime, dayTime } from '../format/time';
import type { Level, Millis } from '../format/units';
import { type Origin, originOf } from '../model/exchange';
import { activeExpiries, expectedMove, type Expiry } from '../model/expiry';
import { freshness, type Freshness, type Link } from '../model/freshness';
import { formatAddress, parseRoute, type Route, type View } from '../model/route';
import { chainChannel, type Gap, type ServerMessage, STATUS_CHANNEL } from '../net/protocol';
import { Rest, type Underlying } from '../net/rest';
import { type Socket, Stream } from '../net/stream';
import { ChainState } from './chain.svelte';
import { Channels } from './channels';
import { Clock } from './clock.svelte';
import { Directory } from './directory.svelte';
import { type Notice, notices } from './notices';
import { Preferences } from './preferences.svelte';
import { Pulse } from './pulse.svelte';
import { selectExpiry } from './selection';
import { remember, type Shelf } from './storage';

const TOKEN_KEY = 'voltape.token';

const DAY_MS = 24 * 3_600_000;
/** How far from 24 hours ago a price may be that stands for it. */
const TOLERANCE_MS = 15 * 60_000;

/** What the dashboard needs from the browser. */
export interface Surroundings {
  readonly api: string;
  readonly connect: (address: string) => Socket;
  readonly local: Shelf;
  readonly session: Shelf;
  /** Called when something is to be drawn. */
  readonly dirty: () => void;
  /** Puts another address into the address bar, without an entry in the history. */
  readonly replaceAddress: (address: string) => void;
}

/** Where an address differs from the one on screen. */
export interface Elsewhere {
  readonly view?: View;
  readonly underlying?: string;
  readonly expiry?: string | null;
}

/** Settings of an address that mean nothing for another chain. */
const OF_ONE_CHAIN: readonly string[] = ['contract', 'strike'];
/** Settings of an address that mean nothing for another coin. */
const OF_ONE_COIN: readonly string[] = [
  ...OF_ONE_CHAIN,
  ...['settle', 'expiry', 'min_strike', 'max_strike', 'coins'],
];

/** All state of the page and the connections that feed it. */
export class Dashboard {
  readonly preferences: Preferences;
  readonly directory: Directory;
  readonly chain = new ChainState();
  readonly pulse = new Pulse();
  readonly clock = new Clock();
  readonly rest: Rest;
  /** Channels of the push stream, for whatever page wants one. */
  readonly channels: Channels;
  link: Link = $state.raw('connecting');
  route: Route = $state.raw(parseRoute(''));
  paused: boolean = $state.raw(false);
  /** When it was paused. */
  pausedAt: Millis | null = $state.raw(null);
  /** What the system prefers; told by the page, because only the browser knows. */
  systemTheme: 'dark' | 'light' = $state.raw('dark');
  /** Latest outage of the exchange's data that the server told of. */
  gap: Gap | null = $state.raw(null);
  /** True once the user gave a token. */
  tokenGiven: boolean = $state.raw(false);

  readonly #around: Surroundings;
  readonly #stream: Stream;
  #token: string | null = null;
  #asked: string | null = null;
  #leaveChain: (() => void) | null = null;
  #leavePulse: (() => void) | null = null;
  readonly #drawers = new Set<() => void>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.#token = around.session.getItem(TOKEN_KEY);
    this.tokenGiven = this.#token !== null;
    this.preferences = new Preferences(around.local);
    this.rest = new Rest(around.api, () => this.#token);
    this.directory = new Directory(this.rest, () => this.underlying);
    this.#stream = new Stream({
      connect: () => around.connect(this.#streamAddress()),
      onLink: (link) => this.#onLink(link),
      onMessage: (message) => this.#onMessage(message),
      onBroken: () => this.channels.ask(null),
    });
    this.channels = new Channels(this.#stream);
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

  /** Dark or light, as chosen or as the system prefers. */
  readonly brightness = $derived.by((): 'dark' | 'light' => {
    const { theme } = this.preferences.value;
    return theme === 'system' ? this.systemTheme : theme;
  });

  /** Changes whenever colours do: drawings that are not made of CSS start anew with it. */
  readonly theme = $derived.by((): string => `${this.brightness} ${this.preferences.value.palette}`);

  /** Name of the clock that {@link time} tells. */
  readonly zoneName = $derived.by((): string => (this.preferences.value.zone === 'utc' ? 'UTC' : 'local'));

  /** Where the data comes from, where that is not the real market. */
  readonly origin = $derived.by((): Origin | null => originOf(this.directory.exchange));

  readonly #listed = $derived.by((): readonly Expiry[] | null =>
    this.directory.expiriesOf === this.underlying ? this.directory.expiries : null,
  );

  /** The coin on screen, as the server last told of it. */
  readonly coin = $derived.by(
    (): Underlying | null => this.directory.underlyings.find((one) => one.underlying === this.underlying) ?? null,
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

  /** When the newest data on screen came; on pages without a chain, the newest of the exchange at all. */
  readonly newest = $derived.by((): Millis | null => {
    if (this.route.view !== 'chain') return this.pulse.newest;
    if (!this.paused) return this.chain.newest;
    // A paused screen says nothing about the market: the book goes on behind it, read once a second.
    void this.clock.now;
    return this.chain.book.newest;
  });

  /** Age of the newest data on screen, ms. */
  readonly age = $derived.by((): number | null =>
    this.newest === null ? null : Math.max(0, this.clock.now - this.newest),
  );

  readonly freshness = $derived.by(
    (): Freshness => freshness(this.link, this.age, this.route.view === 'chain' && this.chain.allStale),
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
      time: (at) => `${this.time(at)} ${this.zoneName}`,
      lastGood: this.newest,
      underlying: this.underlying,
      expiry: this.expiry,
      wantedExpiry: this.route.expiry,
      wantedIs: this.#selection.wantedIs,
      underlyingUnknown: this.#underlyingUnknown(),
      contracts: this.route.view === 'chain' ? chain.rows.length : this.directory.contracts,
      exchangeAge: directory.status?.exchangeAge ?? null,
    });
  });

  /** Clock time in the zone of the user's choice, "12:03:44"; {@link zoneName} names the zone. */
  time(at: Millis): string {
    return clockTime(at, this.preferences.value.zone);
  }

  /** Day and time in that zone, "22 Nov 12:03". */
  dayTime(at: Millis): string {
    return dayTime(at, this.preferences.value.zone);
  }

  /** What a coin's change of the index means. */
  changeHelp(coin: Underlying | null): string {
    if (coin === null || coin.change === null || coin.changeSince === null) return 'its change is not known yet';
    const watched = this.clock.now - coin.changeSince;
    return watched > DAY_MS - TOLERANCE_MS
      ? 'change over 24 hours'
      : `change since ${this.time(coin.changeSince)} ${this.zoneName}: known no longer`;
  }

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

  /** Subscribes to the chain to show and lets go of the one before; on other pages to the pulse of the system. */
  watch(view: View, underlying: string | null, expiry: string | null): void {
    this.#attend(view !== 'chain');
    const shown = view === 'chain' && underlying !== null && expiry !== null;
    if (expiry !== null && expiry === this.#asked) this.preferences.update({ expiry });
    const channel = shown ? chainChannel(underlying, expiry) : null;
    if (channel === this.chain.channel) return;
    this.paused = false;
    this.#leaveChain?.();
    this.chain.watch(channel);
    this.#leaveChain = channel === null ? null : this.channels.follow(channel, this.chain);
  }

  /** Address of something near what is on screen; settings that still mean something stay. */
  address(elsewhere: Elsewhere): string {
    const { route } = this;
    const view = elsewhere.view ?? route.view;
    const underlying = elsewhere.underlying ?? this.underlying;
    const otherCoin = underlying !== this.underlying;
    const expiry = elsewhere.expiry === undefined ? (otherCoin ? null : this.expiry) : elsewhere.expiry;
    const dropped = otherCoin ? OF_ONE_COIN : expiry === this.expiry ? [] : OF_ONE_CHAIN;
    const kept = Object.entries(route.params).filter(([name]) => !dropped.includes(name));
    return formatAddress(view, underlying, expiry, view === route.view ? Object.fromEntries(kept) : {});
  }

  /** Changes settings in the page's address; `null` takes one out. */
  adjust(params: Readonly<Record<string, string | null>>): void {
    this.#replace(this.addressWith(params));
    this.chain.choose(this.route.settle ?? 'USDT');
    this.#around.dirty();
  }

  /** The page's address with other settings; `null` takes one out. */
  addressWith(params: Readonly<Record<string, string | null>>): string {
    const merged = { ...this.route.params, ...params };
    const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
    return formatAddress(this.route.view, this.underlying, this.expiry, Object.fromEntries(kept));
  }

  /** Fills in the parts of the address that were left open; that is no choice of the user. */
  complete(): void {
    const { underlying, chosen, route } = this;
    if (underlying === null || chosen === null || route.expiry !== null) return;
    this.#replace(formatAddress(route.view, underlying, chosen.expiry, route.params));
  }

  /** Address of the expiry `by` places away, or `null` at the ends. */
  neighbour(by: number): string | null {
    const { underlying, expiries } = this;
    const at = expiries.findIndex((one) => one.expiry === this.expiry);
    const next = expiries[at < 0 ? 0 : at + by];
    if (underlying === null || next === undefined) return null;
    return this.address({ expiry: next.expiry });
  }

  /** Has something drawn in each animation frame after a change, unless paused; the answer ends it. */
  onFrame(draw: () => void): () => void {
    this.#drawers.add(draw);
    return () => this.#drawers.delete(draw);
  }

  /** Draws what changed; called once an animation frame. */
  draw(): void {
    if (this.paused) return;
    for (const draw of this.#drawers) draw();
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
    this.pausedAt = this.clock.now;
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
    this.channels.distrust(null);
    if (link === 'open') this.clock.relearn();
    if (regained) void this.directory.refresh();
  }

  #onMessage(message: ServerMessage): void {
    if (message.type === 'unknown' || message.type === 'error') return;
    if (message.ts !== null) this.clock.adjust(message.ts);
    if (message.type === 'gap') this.gap = message;
    if (message.type === 'hello' || message.type === 'heartbeat' || message.type === 'gap') return;
    this.channels.deliver(message);
    this.#around.dirty();
  }

  #attend(wanted: boolean): void {
    if (wanted === (this.#leavePulse !== null)) return;
    this.#leavePulse?.();
    this.#leavePulse = wanted ? this.channels.follow(STATUS_CHANNEL, this.pulse) : null;
  }

  #replace(address: string): void {
    this.#around.replaceAddress(address);
    this.route = parseRoute(address);
  }
}
