import type {
  Curve,
  ExpiryActivity,
  ExpiryPain,
  GammaExposure,
  Greeks,
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
import { list, maybe, type Reader } from './reading';
import { served } from './shape';

type Parts = Readonly<Record<string, Reader<unknown>>>;

/** Reads a whole answer. */
function answer<T>(fields: string, parts: Parts = {}): (found: Fields) => T {
  const read = served<T>(`ts index_price? ${fields}`, parts);
  return (found) => read(found, 'answer');
}

const EXPIRY = 'expiry$ days_to_expiry ';

const curve = served<Curve>(
  `${EXPIRY}years fitted! reason$? rmse? max_error? strikes log_moneyness_low? log_moneyness_high? ` +
    'butterfly_violation!? butterfly_strikes[]',
  { svi: maybe(served<Svi>('a b rho m sigma')) },
);

export const smileOf = answer<Smile>(`${EXPIRY}settle$ years forward? atm_iv?`, {
  points: list(served<SmilePoint>('strike kind$ log_moneyness delta? call_delta? bid_iv? mark_iv? ask_iv?')),
  curve: maybe(curve),
});

export const termStructureOf = answer<TermStructure>('', {
  points: list(served<TermPoint>(`${EXPIRY}atm_iv? forward_iv? calendar_violation!`)),
  tenors: list(served<Tenor>('days atm_iv? risk_reversal_25? butterfly_25?')),
  atm: list(served<Move>(`${EXPIRY}forward? atm_iv? straddle? expected_move? expected_move_fraction?`)),
  previous: maybe(served<Previous>('ts', { tenors: list(served('days atm_iv?')) })),
});

const wings = maybe(served<Wings>('call_strike? call_iv? put_strike? put_iv? risk_reversal? butterfly?'));

export const skewOf = answer<Skew>('', {
  data: list(served<SkewPoint>(`${EXPIRY}years atm_iv?`, { delta_25: wings, delta_10: wings })),
});

const rows = list(served<SurfaceRow>('days expiry$? ivs?[]'));

export const surfaceOf = answer<Surface>('moneyness[] arbitrage_free!?', {
  tenors: rows,
  expiries: rows,
  curves: list(curve),
  calendar_violations: list(served('near$ far$ log_moneyness shortfall')),
});

export const volatilityIndexOf = answer<VolatilityIndex>('value? reason$? prices$');

const rank = served<Rank>('now? low? high? rank? percentile? look_back_days reason$?');

export const volatilityRankOf = answer<VolatilityRank>('', { volatility_index: rank, atm_iv_30d: rank });

export const realisedVolatilityOf = answer<RealisedVolatility>('', {
  data: list(served<RealisedWindow>('days realised? ts_realised? atm_iv? difference?')),
});

const history = served<History>('field$ step_s', { data: list(served<Sample>('ts value?')) });

export function historyOf(found: Fields): History {
  return history(found, 'answer');
}

const SIDES = 'call_open_interest? put_open_interest? call_volume_24h? put_volume_24h? ';
const ACTIVITY = `open_interest? volume_24h? put_call_ratio_open_interest? put_call_ratio_volume? ${SIDES}`;

export const openInterestOf = answer<OpenInterest>(ACTIVITY, {
  expiries: list(served<ExpiryActivity>(`${ACTIVITY}${EXPIRY}share_open_interest? share_volume?`)),
  strikes: list(served<StrikeActivity>(`strike ${SIDES}`)),
});

export const maxPainOf = answer<MaxPain>('', {
  data: list(
    served<ExpiryPain>(`${EXPIRY}max_pain? forward? distance_percent? open_interest?`, {
      curve: list(served<Payout>('price calls puts total')),
    }),
  ),
});

export const gammaExposureOf = answer<GammaExposure>(
  'calls? puts? net? flip? call_wall? put_wall? contracts left_out',
  {
    convention: served('assumption$ formula$ unit$'),
    strikes: list(served<StrikeExposure>('strike calls puts net')),
    profile: list(served('price net')),
  },
);

const greeks = served<Greeks>('delta? delta_usd? gamma? vega? theta?');
const BY_SIDE = { calls: greeks, puts: greeks, net: greeks };

export const netGreeksOf = answer<NetGreeks>('', { ...BY_SIDE, expiries: list(served(EXPIRY, BY_SIDE)) });
