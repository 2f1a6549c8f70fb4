import type { Iv, Level, Millis, Size, Strike } from '../format/units';
import type {
  Activity,
  Curve,
  ExpiryActivity,
  ExpiryPain,
  GammaExposure,
  Greeks,
  GreeksBySide,
  History,
  MaxPain,
  Move,
  NetGreeks,
  OpenInterest,
  Payout,
  Previous,
  Rank,
  RealisedVolatility,
  RealisedWindow,
  Sample,
  Skew,
  SkewPoint,
  Smile,
  SmilePoint,
  StrikeActivity,
  StrikeExposure,
  Surface,
  SurfaceRow,
  Svi,
  Tenor,
  TermPoint,
  TermStructure,
  VolatilityIndex,
  VolatilityRank,
  Wings,
} from '../model/analytics';
import type { Fields } from './checks';
import { list, maybe, maybeNumber, maybeText, number, type Reader, record, text, truth } from './reading';

const iv = maybeNumber<Iv>();
const level = maybeNumber<Level>();
const size = maybeNumber<Size>();
const strike = number<Strike>();
const some = number();
const perhaps = maybeNumber();

const ANSWER = { ts: number<Millis>(), index_price: level };

/** Reads a whole answer. */
function answer<T>(read: Reader<T>): (fields: Fields) => T {
  return (fields) => read(fields, 'answer');
}

const curve = record<Curve>({
  expiry: text,
  days_to_expiry: some,
  years: some,
  fitted: truth,
  reason: maybeText,
  svi: maybe(record<Svi>({ a: some, b: some, rho: some, m: some, sigma: some })),
  rmse: perhaps,
  max_error: perhaps,
  strikes: some,
  log_moneyness_low: perhaps,
  log_moneyness_high: perhaps,
  butterfly_violation: maybe(truth),
  butterfly_strikes: list(some),
});

export const smileOf = answer(
  record<Smile>({
    ...ANSWER,
    expiry: text,
    settle: text,
    days_to_expiry: some,
    years: some,
    forward: level,
    atm_iv: iv,
    points: list(
      record<SmilePoint>({
        strike,
        kind: text,
        log_moneyness: some,
        delta: perhaps,
        call_delta: perhaps,
        bid_iv: iv,
        mark_iv: iv,
        ask_iv: iv,
      }),
    ),
    curve: maybe(curve),
  }),
);

export const termStructureOf = answer(
  record<TermStructure>({
    ...ANSWER,
    points: list(
      record<TermPoint>({
        expiry: text,
        days_to_expiry: some,
        atm_iv: iv,
        forward_iv: iv,
        calendar_violation: truth,
      }),
    ),
    tenors: list(
      record<Tenor>({ days: some, atm_iv: iv, risk_reversal_25: perhaps, butterfly_25: perhaps }),
    ),
    atm: list(
      record<Move>({
        expiry: text,
        days_to_expiry: some,
        forward: level,
        atm_iv: iv,
        straddle: perhaps,
        expected_move: perhaps,
        expected_move_fraction: perhaps,
      }),
    ),
    previous: maybe(
      record<Previous>({
        ts: number<Millis>(),
        tenors: list(record<Previous['tenors'][number]>({ days: some, atm_iv: iv })),
      }),
    ),
  }),
);

const wings = maybe(
  record<Wings>({
    call_strike: perhaps,
    call_iv: iv,
    put_strike: perhaps,
    put_iv: iv,
    risk_reversal: perhaps,
    butterfly: perhaps,
  }),
);

export const skewOf = answer(
  record<Skew>({
    ...ANSWER,
    data: list(
      record<SkewPoint>({
        expiry: text,
        days_to_expiry: some,
        years: some,
        atm_iv: iv,
        delta_25: wings,
        delta_10: wings,
      }),
    ),
  }),
);

const surfaceRows = list(record<SurfaceRow>({ days: some, expiry: maybeText, ivs: list(iv) }));

export const surfaceOf = answer(
  record<Surface>({
    ...ANSWER,
    moneyness: list(some),
    tenors: surfaceRows,
    expiries: surfaceRows,
    curves: list(curve),
    calendar_violations: list(
      record<Surface['calendar_violations'][number]>({
        near: text,
        far: text,
        log_moneyness: some,
        shortfall: some,
      }),
    ),
    arbitrage_free: maybe(truth),
  }),
);

export const volatilityIndexOf = answer(
  record<VolatilityIndex>({ ...ANSWER, value: perhaps, reason: maybeText, prices: text }),
);

const rank = record<Rank>({
  now: perhaps,
  low: perhaps,
  high: perhaps,
  rank: perhaps,
  percentile: perhaps,
  look_back_days: some,
  reason: maybeText,
});

export const volatilityRankOf = answer(
  record<VolatilityRank>({ ...ANSWER, volatility_index: rank, atm_iv_30d: rank }),
);

export const realisedVolatilityOf = answer(
  record<RealisedVolatility>({
    ...ANSWER,
    data: list(
      record<RealisedWindow>({
        days: some,
        realised: iv,
        ts_realised: maybeNumber<Millis>(),
        atm_iv: iv,
        difference: perhaps,
      }),
    ),
  }),
);

export const historyOf = answer(
  record<History>({
    field: text,
    step_s: some,
    data: list(record<Sample>({ ts: number<Millis>(), value: perhaps })),
  }),
);

const ACTIVITY = {
  open_interest: size,
  call_open_interest: size,
  put_open_interest: size,
  volume_24h: size,
  call_volume_24h: size,
  put_volume_24h: size,
  put_call_ratio_open_interest: perhaps,
  put_call_ratio_volume: perhaps,
} satisfies { readonly [Name in keyof Activity]: Reader<Activity[Name]> };

export const openInterestOf = answer(
  record<OpenInterest>({
    ...ANSWER,
    ...ACTIVITY,
    expiries: list(
      record<ExpiryActivity>({
        ...ACTIVITY,
        expiry: text,
        days_to_expiry: some,
        share_open_interest: perhaps,
        share_volume: perhaps,
      }),
    ),
    strikes: list(
      record<StrikeActivity>({
        strike,
        call_open_interest: size,
        put_open_interest: size,
        call_volume_24h: size,
        put_volume_24h: size,
      }),
    ),
  }),
);

export const maxPainOf = answer(
  record<MaxPain>({
    ...ANSWER,
    data: list(
      record<ExpiryPain>({
        expiry: text,
        days_to_expiry: some,
        max_pain: maybeNumber<Strike>(),
        forward: level,
        distance_percent: perhaps,
        open_interest: size,
        curve: list(record<Payout>({ price: some, calls: some, puts: some, total: some })),
      }),
    ),
  }),
);

export const gammaExposureOf = answer(
  record<GammaExposure>({
    ...ANSWER,
    convention: record<GammaExposure['convention']>({ assumption: text, formula: text, unit: text }),
    calls: perhaps,
    puts: perhaps,
    net: perhaps,
    flip: level,
    call_wall: maybeNumber<Strike>(),
    put_wall: maybeNumber<Strike>(),
    contracts: some,
    left_out: some,
    strikes: list(record<StrikeExposure>({ strike, calls: some, puts: some, net: some })),
    profile: list(record<GammaExposure['profile'][number]>({ price: some, net: some })),
  }),
);

const greeks = record<Greeks>({
  delta: perhaps,
  delta_usd: perhaps,
  gamma: perhaps,
  vega: perhaps,
  theta: perhaps,
});

const BY_SIDE = { calls: greeks, puts: greeks, net: greeks } satisfies {
  readonly [Name in keyof GreeksBySide]: Reader<Greeks>;
};

export const netGreeksOf = answer(
  record<NetGreeks>({
    ...ANSWER,
    ...BY_SIDE,
    expiries: list(
      record<NetGreeks['expiries'][number]>({ ...BY_SIDE, expiry: text, days_to_expiry: some }),
    ),
  }),
);
