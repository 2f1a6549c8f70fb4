import { expect, it } from 'vitest';
import { goal, METRICS, metricLabel, scoreRows } from '../../../src/model/system-efficiency';
import { parseObject, ProtocolError } from '../../../src/net/checks';
import { efficiencyOf } from '../../../src/net/efficiency';
import example from '../../../../tests/data/api/efficiency.json?raw';

const FIELDS = parseObject(example);
const found = efficiencyOf(FIELDS);

it('reads figures, baselines, targets and promises', () => {
  expect(found.plan.get('cpu_percent')).toBe(103);
  expect(found.plan.get('messages_second')).toBeNull();
  expect(found.targets.map((one) => one.metric)).toEqual([
    'cpu_percent',
    'memory_mb',
    'reconnections_hour',
    'response_time_ms',
    'accuracy_percent',
  ]);
  expect(found.targets.find((one) => one.metric === 'reconnections_hour')).toMatchObject({ met: null });
  expect(found.cost.before.usdMonth).toEqual([80, 120]);
});

it('knows a word for every figure that the server gives', () => {
  expect([...found.current.keys()]).toEqual(METRICS.map((one) => one.name));
  expect(metricLabel('memory_mb')).toBe('Memory');
  expect(metricLabel('novelty')).toBe('novelty');
});

it('says what is to be reached', () => {
  expect(found.targets.map(goal)).toContain('at least 100 %');
  expect(found.promises.map(goal)).toEqual(
    expect.arrayContaining(['at most 25 % of a core', '75 % less MB/h']),
  );
});

it('puts a remark where a figure needs one', () => {
  const rows = scoreRows(found);
  expect(rows.map((row) => row.label)).toEqual(METRICS.map((one) => one.label));
  const network = rows.find((row) => row.label === 'Network, total');
  expect(network).toMatchObject({ plan: 4.8, measured: null, belowPlan: null });
  expect(network?.remark).toContain('without the time');
});

it('does without a measured baseline', () => {
  const baseline = { ...(FIELDS['baseline'] as object), measured: null, source: null };
  const bare = efficiencyOf({ ...FIELDS, baseline });
  expect([bare.measured, bare.source]).toEqual([null, null]);
  expect(scoreRows(bare).every((row) => row.measured === null)).toBe(true);
});

it('refuses another form', () => {
  expect(() => efficiencyOf({ ...FIELDS, targets: [{ metric: 1 }] })).toThrow(ProtocolError);
});
