import {
  AGE_CLASSES,
  type Ages,
  type Api,
  type Audit,
  type CoinCoverage,
  type Connection,
  type Counts,
  type ExpiryCoverage,
  type Gap,
  type Reconnects,
  type Role,
  type Sink,
  type SystemStatus,
  type Traffic,
} from '../model/system';
import { type Fields, ProtocolError } from './checks';
import { list, type Reader } from './reading';
import { dataOf, entriesOf, shape } from './shape';

const COUNTS = 'listed wanted acknowledged confirmed live polled stale ';
const SHARES = 'volume? open_interest? ';

const gap = shape<Gap>('scope$ startedAt=ts_started endedAt=ts_ended? cause$ contracts');

const ages: Reader<Ages> = (value, where) => {
  const found = shape<Ages>('live[] polled[]')(value, where);
  for (const lane of [found.live, found.polled]) {
    // Before the first data there are no classes at all.
    if (lane.length !== 0 && lane.length !== AGE_CLASSES.length) throw new ProtocolError('ages has other classes');
  }
  return found;
};

/** A coin's contracts and shares stand in objects of their own. */
interface CoinParts extends CoinCoverage {
  readonly lanes: Pick<Counts, 'listed' | 'live' | 'polled' | 'stale'>;
  readonly shares: Pick<CoinCoverage, 'volume' | 'openInterest'>;
}

const coinParts = shape<CoinParts>(
  'coin=underlying$ wanted acknowledged confirmed seen lastDataAge=last_data_age_s? stalled! min_volume? min_open_interest?',
  {
    'lanes=contracts': shape('listed live polled stale'),
    'shares=coverage': shape(SHARES),
    ages,
    expiries: list(shape<ExpiryCoverage>(`expiry$ seen ${COUNTS}${SHARES}`)),
  },
);

const coin: Reader<CoinCoverage> = (value, where) => {
  const { lanes, shares, ...rest } = coinParts(value, where);
  return { ...rest, ...lanes, ...shares };
};

type Causes = ReadonlyMap<string, number>;

const reconnects: Reader<Reconnects> = (value, where) => {
  const { causes, causesLastHour, ...rest } = shape<
    Omit<Reconnects, 'causes'> & { readonly causes: Causes; readonly causesLastHour: Causes }
  >(
    'total last_hour self_inflicted self_inflicted_last_hour rotations replacements failed_topics retried_topics ' +
      'causes{} causes_last_hour{}',
  )(value, where);
  const joined = [...causes].map(([cause, total]) => ({ cause, total, lastHour: causesLastHour.get(cause) ?? 0 }));
  return { ...rest, causes: joined.sort((one, other) => other.total - one.total) };
};

const resources = shape<Pick<SystemStatus, 'cpu' | 'memory' | 'roles'>>('cpu=cpu_percent? memory=memory_bytes?', {
  'roles=by_role': entriesOf('role', shape<Omit<Role, 'role'>>('cpu=cpu_percent? memory=memory_bytes? diskWritten=disk_written_bytes?')),
});

const status = shape<SystemStatus & { readonly resources: Pick<SystemStatus, 'cpu' | 'memory' | 'roles'> }>(
  'version$ uptime=uptime_s profile$ exchange$ seenWithin=seen_within_s optimisations${}',
  {
    resources,
    health: shape('ready! reasons$[] degraded$[]'),
    contracts: shape(COUNTS),
    coverage: shape(SHARES),
    'coins=underlyings': list(coin),
    connections: list(
      shape<Connection>(
        'id$ state$ topics messages age=age_s lastDataAge=last_data_age_s? health confirmed lag_ms? round_trip_ms? errors bytes',
      ),
    ),
    messages: shape('received conflated decoded rejected duplicates out_of_order unknown written'),
    reconnects,
    gaps: list(gap),
    gap_counts: shape('recorded open forgotten'),
    'lag=lag_ms': shape('p50? p95? p99?'),
    store: shape(
      'kind$ layout$ connected! memory=memory_bytes? bytes_written pending flushes errors evicted records skipped interval=interval_s?',
    ),
    cache: shape('hits misses joined hit_rate? bytes evicted'),
    api: shape<Api>('requests failed limited sent downloads downloads_failed p50=p50_ms? p95=p95_ms? p99=p99_ms?'),
    polls: shape('polls failures filled disagreed rejected refreshes refresh_failures'),
    trades: shape('received duplicates rejected backfilled missed kept checks failures'),
    traffic: entriesOf('peer', shape<Omit<Traffic, 'peer'>>('sent received')),
    audits: entriesOf('against', shape<Omit<Audit, 'against'>>('compared equal undecided accuracy? latest_wrong$?')),
    control: shape('', {
      'coins=underlyings': list(shape('coin=underlying$ enabled! decided!')),
      pins: list(shape('symbol$ decided!')),
    }),
    jobs: list(
      shape('job$ meaning$ schedule$ result$ said$ startedAt=ts_started? duration=duration_s? nextAt=ts_next'),
    ),
    alerts: shape('rules unread told held_back at=ts', {
      firing: list(shape('rule$ since=ts_since said$')),
      sinks: entriesOf('sink', shape<Omit<Sink, 'sink'>>('sent failed waiting dropped')),
    }),
  },
);

/** Reads the object of the status channel, which is that of the status request too. */
export function systemStatusOf(fields: Fields): SystemStatus {
  const { resources: used, ...rest } = status(fields, 'status');
  return { ...rest, ...used };
}

/** Reads the answer of the gaps request: newest first. */
export const gapsOf = dataOf(gap);
