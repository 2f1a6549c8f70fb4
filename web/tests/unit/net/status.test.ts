import { expect, it } from 'vitest';
import { parseObject, ProtocolError } from '../../../src/net/checks';
import { gapsOf, systemStatusOf } from '../../../src/net/status';
import example from '../../../../tests/data/api/status.json?raw';

const FIELDS = parseObject(example);
const status = systemStatusOf(FIELDS);

it('reads what the server tells, with absent values as null', () => {
  expect(status.contracts.listed).toBe(1_624);
  expect(status.coins.map((one) => [one.coin, one.listed, one.seen])).toEqual([
    ['BTC', 792, 792],
    ['ETH', 832, 832],
  ]);
  expect(status.coins[0]?.expiries).toHaveLength(2);
  expect(status.coins[0]?.ages.live).toHaveLength(7);
  expect(status.gaps.map((gap) => [gap.scope, gap.endedAt === null])).toEqual([
    ['connection c2', true],
    ['connection c1', false],
  ]);
  expect(status.audits.map((one) => one.against)).toEqual(['store', 'exchange']);
  expect(status.roles.map((one) => one.role)).toContain('valkey');
  expect(status.control.pins).toEqual([{ symbol: 'BTC-25DEC26-110000-C-USDT', decided: true }]);
});

it('reads which rules fire and when jobs run', () => {
  expect(status.alerts.firing).toEqual([
    { rule: 'btc high', since: 1_795_361_340_000, said: 'BTC: index 120,042.5, above 120,000' },
  ]);
  expect(status.jobs.map((one) => [one.job, one.result, one.nextAt])).toEqual([['audit', 'ok', 1_795_362_000_000]]);
});

it('joins what cut the connections since start and in the last hour, most often first', () => {
  expect(status.reconnects.causes).toEqual([
    { cause: 'cut without a close frame', total: 2, lastHour: 2 },
    { cause: 'no answer to a ping', total: 1, lastHour: 0 },
  ]);
});

it.each([
  ['contracts', null],
  ['contracts', { ...(FIELDS['contracts'] as object), listed: '12' }],
  ['connections', {}],
  ['version', 2],
  ['health', { ready: 'yes', reasons: [], degraded: [] }],
])('refuses %s that is not of its kind', (name, value) => {
  expect(() => systemStatusOf({ ...FIELDS, [name]: value })).toThrow(ProtocolError);
});

it('reads the ledger of gaps', () => {
  expect(gapsOf({ count: 2, data: FIELDS['gaps'] })).toEqual(status.gaps);
});
