import { expect, it } from 'vitest';
import type { Millis } from '../../../src/format/units';
import { type Gap, ledger, type SystemStatus, thresholds, totalOf } from '../../../src/model/system';
import {
  alertFacts,
  apiFacts,
  auditFacts,
  controlFacts,
  messageFacts,
  pollFacts,
  reconnectFacts,
  storeFacts,
  tradeFacts,
  trafficFacts,
} from '../../../src/model/system-facts';
import { verdictOf } from '../../../src/model/system-verdict';
import { parseObject } from '../../../src/net/checks';
import { systemStatusOf } from '../../../src/net/status';
import example from '../../../../tests/data/api/status.json?raw';

const STATUS = systemStatusOf(parseObject(example));

function status(changes: Partial<SystemStatus> = {}): SystemStatus {
  return { ...STATUS, ...changes };
}

function unseen(count: number): SystemStatus['coins'] {
  return STATUS.coins.map((one, index) => (index === 0 ? { ...one, seen: one.listed - count } : one));
}

it('says that every listed contract was seen', () => {
  const verdict = verdictOf(status());
  expect(verdict).toMatchObject({ tone: 'good', text: 'All 1,624 listed contracts seen within 60 s.' });
  expect(verdict.details.join(' ')).toContain('of the open interest');
});

it('says how many are missing, and where', () => {
  expect(verdictOf(status({ coins: unseen(22) }))).toMatchObject({
    tone: 'warning',
    text: '1,602 of 1,624 listed contracts seen within 60 s; 22 missing (BTC 22).',
  });
});

it.each([
  [['stalled: no data of SOL'], 'Stalled: no data of SOL.'],
  [['no tracker writes to the store'], 'No tracker writes to the store.'],
])('says in the server’s words why no data flows: %s', (reasons, sentence) => {
  const verdict = verdictOf(status({ health: { ready: false, reasons, degraded: [] } }));
  expect(verdict).toMatchObject({ tone: 'problem', text: 'Data does not flow.' });
  expect(verdict.details[0]).toBe(sentence);
});

it('says what is missing but bridged', () => {
  const degraded = ['store: not connected, the board bridges it'];
  const verdict = verdictOf(status({ health: { ready: true, reasons: [], degraded } }));
  expect(verdict.tone).toBe('warning');
  expect(verdict.details[0]).toBe('Store: not connected, the board bridges it.');
});

it('waits for a first status and for a first contract', () => {
  expect(verdictOf(null).tone).toBe('waiting');
  const none = { ...STATUS.contracts, listed: 0 };
  expect(verdictOf(status({ contracts: none, coins: [] })).text).toBe('No contract is listed yet.');
});

it('sums what is proven, and names coins with the same thresholds together', () => {
  expect(totalOf(STATUS)).toMatchObject({ listed: 1_624, seen: 1_624 });
  expect(thresholds(STATUS.coins).map((one) => one.coins)).toEqual(['BTC, ETH']);
  expect(thresholds(STATUS.coins.map((one) => ({ ...one, minVolume: null, minOpenInterest: null })))).toEqual([]);
});

function gap(startedAt: number, endedAt: number | null): Gap {
  return { scope: 'connection c1', startedAt: startedAt as Millis, endedAt: endedAt as Millis | null, cause: 'cut', contracts: 1 };
}

it('has each gap once, as the status tells it now, newest first', () => {
  const found = ledger([gap(5, 6), gap(3, 4)], [gap(5, null), gap(1, 2)]);
  expect(found.map((one) => [one.startedAt, one.endedAt])).toEqual([
    [5, 6],
    [3, 4],
    [1, 2],
  ]);
});

it('marks what ought not to happen', () => {
  const troubled = storeFacts([], status({ store: { ...STATUS.store, connected: false, errors: 2 } }));
  expect(troubled.filter((one) => one.trouble).map((one) => [one.label, one.value])).toEqual([
    ['Connection', 'not connected'],
    ['Errors', '2'],
  ]);
  expect(reconnectFacts(STATUS).find((one) => one.label === '· cut without a close frame')?.value).toBe('2 (2 in the last hour)');
  const wrong = status({ audits: [{ against: 'store', compared: 10, equal: 9, undecided: 0, accuracy: 0.9, latestWrong: 'bid_price' }] });
  expect(auditFacts(wrong).filter((one) => one.trouble)).toHaveLength(2);
});

it('tells what the watch of alerts sent, and marks it where it has stopped or messages fail', () => {
  const { alerts } = STATUS;
  const soon = (alerts.at + 5_000) as Millis;
  expect(alertFacts(STATUS, soon).map((one) => [one.label, one.value, one.trouble ?? false])).toEqual([
    ['Rules', '2 (0 without a reading)', false],
    ['Told', '1 (0 held back)', false],
    ['To log', '1 sent, 0 waiting, 0 failed', false],
    ['Latest look', '5 s ago', false],
  ]);
  const sinks = [{ sink: 'webhook', sent: 4, failed: 7, waiting: 1, dropped: 0 }];
  const later = (alerts.at + 400_000) as Millis;
  const troubled = alertFacts(status({ alerts: { ...alerts, unread: 1, sinks } }), later);
  expect(troubled.filter((one) => one.trouble).map((one) => one.label)).toEqual(['Rules', 'To webhook', 'Latest look']);
});

it('shows a dash where a rate is not known yet', () => {
  expect(messageFacts([], STATUS)[0]).toMatchObject({ label: 'Received', value: '–' });
  expect(trafficFacts([], STATUS)[0]?.value).toContain('–');
});

it('has something to say for each part', () => {
  const parts = [apiFacts([], STATUS), pollFacts(STATUS), tradeFacts(STATUS), controlFacts(STATUS), auditFacts(STATUS)];
  for (const facts of parts) {
    expect(facts.length).toBeGreaterThan(2);
    expect(facts.every((one) => one.value !== '' && !one.value.includes('undefined') && !one.value.includes('NaN'))).toBe(true);
  }
  expect(controlFacts(STATUS).at(-1)).toEqual({ label: 'BTC-25DEC26-110000-C-USDT', value: 'pinned, by an operator' });
});
