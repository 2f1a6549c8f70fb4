import type { Cost, Efficiency, Promised, Target } from '../model/system-efficiency';
import type { Fields } from './checks';
import { list, maybe } from './reading';
import { shape } from './shape';

const JUDGED = 'metric$ unit$ current? reason$? ';
const machine = shape('cores memory_mb');
const price = shape('usdMonth=usd_month[]', { machine });
const used = shape('cpu=cpu_percent memory_mb');

type Named = readonly (readonly [string, string])[];

/** The figures as they come: baselines and texts are in objects of their own. */
interface Answer extends Pick<Efficiency, 'at' | 'window' | 'current' | 'targets' | 'promises'> {
  readonly unknown: Named;
  readonly notes: Named;
  readonly baseline: Pick<Efficiency, 'plan' | 'measured' | 'source'>;
  readonly improvement: Pick<Efficiency, 'plan'> & { readonly measured: Efficiency['plan'] };
  readonly cost: Omit<Cost, 'before' | 'after'> & { readonly plan: Pick<Cost, 'before' | 'after'> };
}

const answer = shape<Answer>('at=ts window=window_s current{} unknown${} notes${}', {
  baseline: shape('plan{} measured{}?', { source: maybe(shape('result$ measured_at$ machine$ contracts note$')) }),
  improvement: shape('plan{} measured{}'),
  targets: list(shape<Target>(`${JUDGED}met!? limit relation$`)),
  promises: list(shape<Promised>(`${JUDGED}met=kept!? limit? reduction=reduction_percent?`)),
  cost: shape('reason$?', {
    load: maybe(used),
    machine: maybe(machine),
    measured_machine: maybe(machine),
    plan_machine: maybe(machine),
    head_room: shape('cpu=cpu_percent memory=memory_percent'),
    plan: shape('', { before: price, after: price }),
  }),
});

/** Reads the answer of the efficiency request. */
export function efficiencyOf(fields: Fields): Efficiency {
  const { baseline, improvement, unknown, notes, cost, ...rest } = answer(fields, 'efficiency');
  const { plan, ...costs } = cost;
  return {
    ...rest,
    ...baseline,
    belowPlan: improvement.plan,
    belowMeasured: improvement.measured,
    unknown: new Map(unknown),
    notes: new Map(notes),
    cost: { ...costs, ...plan },
  };
}
