import type { Millis } from '../format/units';

/** Figures by the name that the server gives them; `null` is not known. */
export type Figures = ReadonlyMap<string, number | null>;

/** The running system against the plan and against what was measured of the program before. */
export interface Efficiency {
  readonly at: Millis;
  /** What averages are over, s. */
  readonly window: number;
  readonly plan: Figures;
  readonly measured: Figures | null;
  /** Where the measured figures come from, in words. */
  readonly source: Source | null;
  readonly current: Figures;
  /** Per cent by which each figure is lower. */
  readonly belowPlan: Figures;
  readonly belowMeasured: Figures;
  readonly targets: readonly Target[];
  readonly promises: readonly Promised[];
  /** Why a figure is absent or can't be judged yet, and what else is to be known about it. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly notes: ReadonlyMap<string, string>;
  readonly cost: Cost;
}

export interface Source {
  readonly result: string;
  readonly measuredAt: string;
  readonly machine: string;
  readonly contracts: number;
  readonly note: string;
}

/** Whether something holds; `null` while that can't be told, with the reason. */
interface Judged {
  readonly metric: string;
  readonly unit: string;
  readonly current: number | null;
  readonly met: boolean | null;
  readonly reason: string | null;
}

export interface Target extends Judged {
  readonly limit: number;
  readonly relation: string;
}

/** Either a limit or a reduction of the baseline is promised; `current` is the reduction then. */
export interface Promised extends Judged {
  readonly limit: number | null;
  readonly reduction: number | null;
}

export interface Machine {
  readonly cores: number;
  readonly memoryMb: number;
}

export interface Cost {
  /** Busiest minute and largest memory. */
  readonly load: { readonly cpu: number; readonly memoryMb: number } | null;
  readonly machine: Machine | null;
  readonly measuredMachine: Machine | null;
  readonly planMachine: Machine | null;
  readonly headRoom: { readonly cpu: number; readonly memory: number };
  readonly before: Price;
  readonly after: Price;
  readonly reason: string | null;
}

/** US dollars a month, from and to, by the plan. */
export interface Price {
  readonly machine: Machine;
  readonly usdMonth: readonly number[];
}

/** A figure's name in words, and its unit. */
export const METRICS: readonly { readonly name: string; readonly label: string; readonly unit: string }[] = [
  { name: 'cpu_percent', label: 'CPU', unit: '% of a core' },
  { name: 'memory_mb', label: 'Memory', unit: 'MB' },
  { name: 'reconnections_hour', label: 'Reconnects', unit: 'per h' },
  { name: 'response_time_ms', label: 'API response, p95', unit: 'ms' },
  { name: 'accuracy_percent', label: 'Accuracy', unit: '%' },
  { name: 'messages_second', label: 'Messages', unit: 'per s' },
  { name: 'cpu_ms_message', label: 'CPU per message', unit: 'ms' },
  { name: 'network_gb', label: 'Network, total', unit: 'GB' },
  { name: 'network_mb_hour', label: 'Network', unit: 'MB/h' },
  { name: 'network_bytes_message', label: 'Network per message', unit: 'bytes' },
  { name: 'disk_mb_hour', label: 'Disk writes', unit: 'MB/h' },
  { name: 'disk_bytes_message', label: 'Disk per message', unit: 'bytes' },
  { name: 'store_bytes_message', label: 'To the store per message', unit: 'bytes' },
  { name: 'store_memory_mb', label: 'Store memory', unit: 'MB' },
];

/** Words for a metric; one that this page does not know goes by its name. */
export function metricLabel(name: string): string {
  return METRICS.find((one) => one.name === name)?.label ?? name;
}

/** What is to be reached, such as "below 20 % of a core" or "75 % less MB/h". */
export function goal(one: Target | Promised): string {
  if ('relation' in one) return `${one.relation} ${one.limit} ${one.unit}`;
  if (one.reduction !== null) return `${one.reduction} % less ${one.unit}`;
  return one.limit === null ? one.unit : `at most ${one.limit} ${one.unit}`;
}

/** One row of the scorecard. */
export interface ScoreRow {
  readonly label: string;
  readonly unit: string;
  readonly plan: number | null;
  readonly measured: number | null;
  readonly current: number | null;
  readonly belowPlan: number | null;
  readonly belowMeasured: number | null;
  /** What a reader has to know, empty where there is nothing. */
  readonly remark: string;
}

/** The scorecard, in the order of {@link METRICS}. */
export function scoreRows(found: Efficiency): readonly ScoreRow[] {
  return METRICS.map(({ name, label, unit }) => ({
    label,
    unit,
    plan: found.plan.get(name) ?? null,
    measured: found.measured?.get(name) ?? null,
    current: found.current.get(name) ?? null,
    belowPlan: found.belowPlan.get(name) ?? null,
    belowMeasured: found.belowMeasured.get(name) ?? null,
    remark: [found.unknown.get(name), found.notes.get(name)].filter((text) => text !== undefined).join('; '),
  }));
}
