import type { Millis } from '../format/units';

/** The running system, as the status tells it; `null` is absent, never zero. */
export interface SystemStatus {
  readonly version: string;
  /** Seconds since the tracker started. */
  readonly uptime: number;
  readonly profile: string;
  readonly exchange: string;
  readonly health: Health;
  readonly contracts: Counts;
  readonly coverage: Shares;
  /** How far `seen` looks back, s. */
  readonly seenWithin: number;
  readonly coins: readonly CoinCoverage[];
  readonly connections: readonly Connection[];
  readonly messages: Messages;
  readonly reconnects: Reconnects;
  readonly gaps: readonly Gap[];
  readonly gapCounts: { readonly recorded: number; readonly open: number; readonly forgotten: number };
  readonly lag: Quantiles;
  readonly store: Store;
  readonly cache: Cache;
  readonly api: Api;
  readonly polls: Polls;
  readonly trades: TradeCounts;
  readonly traffic: readonly Traffic[];
  readonly audits: readonly Audit[];
  readonly roles: readonly Role[];
  readonly cpu: number | null;
  readonly memory: number | null;
  /** Each switch with its setting. */
  readonly optimisations: readonly (readonly [string, string])[];
  readonly control: Control;
  readonly jobs: readonly Job[];
  readonly alerts: Alerts;
}

export interface Health {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly degraded: readonly string[];
}

/** Contracts: listed, wanted in the live lane, acknowledged, confirmed by data, with data by lane, and stale. */
export interface Counts {
  readonly listed: number;
  readonly wanted: number;
  readonly acknowledged: number;
  readonly confirmed: number;
  readonly live: number;
  readonly polled: number;
  readonly stale: number;
}

/** Shares in the live lane, 0 to 1; `null` where the whole is zero. */
export interface Shares {
  readonly volume: number | null;
  readonly openInterest: number | null;
}

/** What is proven of some contracts: `seen` are those that the exchange told of lately. */
export interface Proof extends Counts, Shares {
  readonly seen: number;
}

export interface ExpiryCoverage extends Proof {
  readonly expiry: string;
}

/** Contracts by the age of their data, a count for each of {@link AGE_CLASSES}. */
export interface Ages {
  readonly live: readonly number[];
  readonly polled: readonly number[];
}

export interface CoinCoverage extends Proof {
  readonly coin: string;
  /** s. */
  readonly lastDataAge: number | null;
  readonly stalled: boolean;
  /** Thresholds of the live lane, USD; `null` where every contract is live. */
  readonly minVolume: number | null;
  readonly minOpenInterest: number | null;
  readonly ages: Ages;
  readonly expiries: readonly ExpiryCoverage[];
}

/** Classes of {@link Ages} in words, youngest first. */
export const AGE_CLASSES = [
  'up to 1 s',
  'up to 5 s',
  'up to 10 s',
  'up to 30 s',
  'up to 1 min',
  'up to 5 min',
  'older',
] as const;

/** One socket to the exchange; times in s where not named otherwise. */
export interface Connection {
  readonly id: string;
  readonly state: string;
  readonly topics: number;
  readonly messages: number;
  readonly age: number;
  readonly lastDataAge: number | null;
  /** 0 (useless) to 1 (perfect). */
  readonly health: number;
  readonly confirmed: number;
  readonly lagMs: number | null;
  readonly roundTripMs: number | null;
  readonly errors: number;
  readonly bytes: number;
}

/** Counters since start. */
export interface Messages {
  readonly received: number;
  readonly conflated: number;
  readonly decoded: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly unknown: number;
  readonly written: number;
}

export interface Reconnects {
  readonly total: number;
  readonly lastHour: number;
  readonly causes: readonly Cause[];
  readonly selfInflicted: number;
  readonly selfInflictedLastHour: number;
  readonly rotations: number;
  readonly replacements: number;
  readonly failedTopics: number;
  readonly retriedTopics: number;
}

export interface Cause {
  readonly cause: string;
  readonly total: number;
  readonly lastHour: number;
}

/** An interval in which data may have been missed. */
export interface Gap {
  readonly scope: string;
  readonly startedAt: Millis;
  /** `null` while it lasts. */
  readonly endedAt: Millis | null;
  readonly cause: string;
  readonly contracts: number;
}

/** Milliseconds. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Store {
  readonly kind: string;
  readonly layout: string;
  readonly connected: boolean;
  readonly memory: number | null;
  readonly bytesWritten: number;
  readonly pending: number;
  readonly flushes: number;
  readonly errors: number;
  readonly evicted: number;
  readonly records: number;
  readonly skipped: number;
  /** Between two writes at present, s. */
  readonly interval: number | null;
}

export interface Cache {
  readonly hits: number;
  readonly misses: number;
  readonly joined: number;
  readonly hitRate: number | null;
  readonly bytes: number;
  readonly evicted: number;
}

export interface Api extends Quantiles {
  readonly requests: number;
  readonly failed: number;
  readonly limited: number;
  readonly sent: number;
  readonly downloads: number;
  readonly downloadsFailed: number;
}

export interface Polls {
  readonly polls: number;
  readonly failures: number;
  readonly filled: number;
  readonly disagreed: number;
  readonly rejected: number;
  readonly refreshes: number;
  readonly refreshFailures: number;
}

export interface TradeCounts {
  readonly received: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly backfilled: number;
  readonly missed: number;
  readonly kept: number;
  readonly checks: number;
  readonly failures: number;
}

/** Bytes of payload exchanged with a peer since start. */
export interface Traffic {
  readonly peer: string;
  readonly sent: number;
  readonly received: number;
}

export interface Audit {
  readonly against: string;
  readonly compared: number;
  readonly equal: number;
  readonly undecided: number;
  readonly accuracy: number | null;
  readonly latestWrong: string | null;
}

/** One process: CPU in per cent of a core, bytes of memory. */
export interface Role {
  readonly role: string;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly diskWritten: number | null;
}

/** What an operator may decide, and who did. */
export interface Control {
  readonly coins: readonly { readonly coin: string; readonly enabled: boolean; readonly decided: boolean }[];
  readonly pins: readonly { readonly symbol: string; readonly decided: boolean }[];
}

/** A job and its latest run. */
export interface Job {
  readonly job: string;
  readonly meaning: string;
  /** In words. */
  readonly schedule: string;
  /** "never", "ok", "failed" or "timeout". */
  readonly result: string;
  /** What the run found. */
  readonly said: string;
  readonly startedAt: Millis | null;
  /** s. */
  readonly duration: number | null;
  readonly nextAt: Millis;
}

export interface Alerts {
  readonly rules: number;
  /** Rules without a reading at present. */
  readonly unread: number;
  /** Rules whose condition holds: since when, and what is read. */
  readonly firing: readonly { readonly rule: string; readonly since: Millis; readonly said: string }[];
  readonly told: number;
  readonly heldBack: number;
  readonly sinks: readonly Sink[];
  /** The latest look; 0 where nobody watches. */
  readonly at: Millis;
}

/** Messages by what became of them. */
export interface Sink {
  readonly sink: string;
  readonly sent: number;
  readonly failed: number;
  readonly waiting: number;
  readonly dropped: number;
}

/** One ledger of the gaps that the status tells each second and of those further back, newest first. */
export function ledger(newest: readonly Gap[], further: readonly Gap[]): readonly Gap[] {
  const key = (gap: Gap): string => `${gap.scope} ${gap.startedAt}`;
  const known = new Map([...further, ...newest].map((gap) => [key(gap), gap]));
  return [...known.values()].sort((one, other) => other.startedAt - one.startedAt);
}

/** What is proven of all contracts together. */
export function totalOf({ contracts, coverage, coins }: SystemStatus): Proof {
  return { ...contracts, ...coverage, seen: coins.reduce((sum, one) => sum + one.seen, 0) };
}

/** Coins with the thresholds of their live lane, those with the same ones together. */
export function thresholds(coins: readonly CoinCoverage[]): readonly { readonly coins: string; readonly one: CoinCoverage }[] {
  const found = new Map<string, CoinCoverage[]>();
  for (const one of coins) {
    if (one.minVolume === null && one.minOpenInterest === null) continue;
    const key = `${one.minVolume} ${one.minOpenInterest}`;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()].flatMap((same) =>
    same.slice(0, 1).map((one) => ({ coins: same.map(({ coin }) => coin).join(', '), one })),
  );
}
