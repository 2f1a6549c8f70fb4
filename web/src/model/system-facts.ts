import { bytes, count, duration, millis, perSecond, share } from '../format/amount';
import type { Millis } from '../format/units';
import type { SystemStatus } from './system';
import { rateOf, type Sample } from './system-samples';

/** One line of a panel: what, how much, and whether that is a trouble. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly title?: string | undefined;
  readonly trouble?: boolean | undefined;
}

/** A line; a number is a count. */
function fact(label: string, value: number | string, title?: string, trouble?: boolean): Fact {
  return { label, value: typeof value === 'number' ? count(value) : value, title, trouble };
}

/** A counter of things that ought not to happen. */
function fault(label: string, value: number, title?: string): Fact {
  return fact(label, value, title, value > 0);
}

/** Messages a second by what became of them, and what was wrong since start. */
export function messageFacts(recent: readonly Sample[], { messages }: SystemStatus): readonly Fact[] {
  const rate = (counter: (status: SystemStatus) => number): string => perSecond(rateOf(recent, counter));
  return [
    fact('Received', rate((one) => one.messages.received), `${count(messages.received)} since start`),
    fact(
      'Conflated',
      rate((one) => one.messages.conflated),
      `Replaced by a newer one before decoding; ${count(messages.conflated)} since start`,
    ),
    fact('Decoded', rate((one) => one.messages.decoded), `${count(messages.decoded)} since start`),
    fact('Written to the store', rate((one) => one.messages.written), `${count(messages.written)} records since start`),
    fact('Conflated, of all', share(ratio(messages.conflated, messages.received))),
    fault('Rejected', messages.rejected, 'Not understood or out of range, since start'),
    fact('Duplicates', messages.duplicates, 'Understood, but not newer, since start'),
    fact('Out of order', messages.outOfOrder, 'Understood, but older, since start'),
    fact('Unknown contracts', messages.unknown, 'For contracts that are not listed'),
  ];
}

/** Connections that had to be made again, and those that were changed in time. */
export function reconnectFacts({ reconnects }: SystemStatus): readonly Fact[] {
  const { causes } = reconnects;
  return [
    fact('In the last hour', reconnects.lastHour, undefined, reconnects.lastHour > 0),
    fact('Since start', reconnects.total),
    fact(
      'Self-inflicted',
      `${count(reconnects.selfInflicted)} (${count(reconnects.selfInflictedLastHour)} in the last hour)`,
      'Cut as a slow reader, for a missing ping, over a limit',
      reconnects.selfInflicted > 0,
    ),
    ...causes.map((one) => 
      fact(`· ${one.cause}`, `${count(one.total)} (${count(one.lastHour)} in the last hour)`),
    ),
    fact('Rotated by age', reconnects.rotations, 'Changed before they failed: no data missed'),
    fact('Replaced by health', reconnects.replacements, 'Changed before they failed: no data missed'),
    fault('Refused topics', reconnects.failedTopics),
    fact('Topics asked for again', reconnects.retriedTopics),
  ];
}

export function storeFacts(recent: readonly Sample[], { store }: SystemStatus): readonly Fact[] {
  return [
    fact('Kind, layout', `${store.kind}, ${store.layout}`),
    fact('Connection', store.connected ? 'connected' : 'not connected', undefined, !store.connected),
    fact('Memory', bytes(store.memory)),
    fact('Written', `${bytes(rateOf(recent, (one) => one.store.bytesWritten))}/s`),
    fact('Records', perSecond(rateOf(recent, (one) => one.store.records))),
    fact('Skipped', perSecond(rateOf(recent, (one) => one.store.skipped)), 'Records in which nothing had changed'),
    fact('Every', duration(store.interval), 'Between two writes at present'),
    fact('Pending', store.pending),
    fault('Errors', store.errors),
    fault('Evicted keys', store.evicted),
  ];
}

export function apiFacts(recent: readonly Sample[], { api, cache }: SystemStatus): readonly Fact[] {
  return [
    fact('Requests', perSecond(rateOf(recent, (one) => one.api.requests)), `${count(api.requests)} since start`),
    fact('p50, p95, p99', `${ms(api.p50)} · ${ms(api.p95)} · ${millis(api.p99)}`, 'Of the latest 1,000 requests'),
    fault('Failed', api.failed, 'Answered with 5xx since start'),
    fault('Limited', api.limited, 'Refused because their client asked too often'),
    fact(
      'Downloads',
      `${count(api.downloads)} (${count(api.downloadsFailed)} failed)`,
      undefined,
      api.downloadsFailed > 0,
    ),
    fact('Cache hit rate', share(cache.hitRate)),
    fact('Hits, misses', `${count(cache.hits)} · ${count(cache.misses)}`),
    fact('Joined', cache.joined, 'Waited for an answer that another request had asked for'),
    fact('Cache size', bytes(cache.bytes)),
    fact('Evicted answers', cache.evicted),
  ];
}

export function pollFacts({ polls }: SystemStatus): readonly Fact[] {
  return [
    fact('Polls answered', polls.polls),
    fault('Polls failed', polls.failures),
    fact('Rows taken', polls.filled),
    fact('Rows disagreed', polls.disagreed, 'They hinted at a lost topic'),
    fault('Rows rejected', polls.rejected),
    fact('Contract lists read', polls.refreshes),
    fault('Contract lists failed', polls.refreshFailures),
  ];
}

export function tradeFacts({ trades }: SystemStatus): readonly Fact[] {
  return [
    fact('Received', trades.received),
    fact('Duplicates', trades.duplicates, 'Known already'),
    fact('From REST', trades.backfilled),
    fault('Missed by the socket', trades.missed, 'Brought by REST afterwards'),
    fault('Rejected', trades.rejected),
    fact('Kept now', trades.kept),
    fact('Checks', `${count(trades.checks)} (${count(trades.failures)} failed)`, undefined, trades.failures > 0),
  ];
}

/** Sampled comparisons of the board with the store and the exchange. */
export function auditFacts({ audits }: SystemStatus): readonly Fact[] {
  return audits.flatMap((one) => [
    fact(
      `Against the ${one.against}`,
      one.compared === 0 ? 'nothing compared yet' : `${share(one.accuracy)} equal`,
      undefined,
      one.accuracy !== null && one.accuracy < 1,
    ),
    fact('· compared', `${count(one.compared)} (${count(one.undecided)} undecided)`),
    ...(one.latestWrong === null ? [] : [fact('· latest wrong', one.latestWrong, undefined, true)]),
  ]);
}

/** Payload a second by peer, out and in. */
export function trafficFacts(recent: readonly Sample[], { traffic }: SystemStatus): readonly Fact[] {
  return traffic.map(({ peer, sent, received }) => {
    const of = (status: SystemStatus) => status.traffic.find((one) => one.peer === peer);
    const out = rateOf(recent, (status) => of(status)?.sent);
    const into = rateOf(recent, (status) => of(status)?.received);
    return fact(
      peer.slice(0, 1).toUpperCase() + peer.slice(1),
      `↑ ${bytes(out)}/s  ↓ ${bytes(into)}/s`,
      `Since start: ${bytes(sent)} sent, ${bytes(received)} received`,
    );
  });
}

/** So long after its latest look the watch has stopped: it tells of itself once a minute at the least, ms. */
const WATCHED_MS = 180_000;

/** The watch of alerts and what it sent. */
export function alertFacts({ alerts }: SystemStatus, now: Millis): readonly Fact[] {
  const { rules, unread, told, heldBack, sinks, at } = alerts;
  const age = Math.max(0, now - at);
  return [
    fact('Rules', `${count(rules)} (${count(unread)} without a reading)`, undefined, unread > 0),
    fact('Told', `${count(told)} (${count(heldBack)} held back)`, 'Held back: by a cool-down, or because there were many'),
    ...sinks.map(({ sink, sent, failed, waiting, dropped }) =>
      fact(
        `To ${sink}`,
        `${count(sent)} sent, ${count(waiting)} waiting, ${count(failed)} failed`,
        `Failed attempts are repeated; ${count(dropped)} messages were given up`,
        failed + dropped > 0,
      ),
    ),
    fact('Latest look', `${duration(Math.floor(age / 1_000))} ago`, undefined, age > WATCHED_MS),
  ];
}

/** What an operator decided; empty where nobody did and the settings hold. */
export function controlFacts({ control }: SystemStatus): readonly Fact[] {
  const coins = control.coins.map((one) => 
    fact(one.coin, `${one.enabled ? 'tracked' : 'stopped'}, by ${decider(one)}`),
  );
  const pins = control.pins.map((one) => fact(one.symbol, `pinned, by ${decider(one)}`));
  return [...coins, ...pins];
}

function decider({ decided }: { readonly decided: boolean }): string {
  return decided ? 'an operator' : 'the settings';
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function ms(value: number | null): string {
  return millis(value).replace(' ms', '');
}
