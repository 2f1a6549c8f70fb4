import type { Iv, Level, Millis, Size, Strike } from '../format/units';

/** Answers of the analytics, under the server's own names; absent values are `null`, differences of IVs fractions. */
interface Answer {
  readonly ts: Millis;
  readonly index_price: Level | null;
}

/** One strike seen through its out-of-the-money contract. */
export interface SmilePoint {
  readonly strike: Strike;
  readonly kind: string;
  readonly log_moneyness: number;
  readonly delta: number | null;
  /** Delta of the call, which runs through the whole smile. */
  readonly call_delta: number | null;
  readonly bid_iv: Iv | null;
  readonly mark_iv: Iv | null;
  readonly ask_iv: Iv | null;
}

/** Raw SVI: total variance over log-moneyness. */
export interface Svi {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

/** What was fitted to one expiry; errors are in vol points. */
export interface Curve {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly years: number;
  readonly fitted: boolean;
  readonly reason: string | null;
  readonly svi: Svi | null;
  readonly rmse: number | null;
  readonly max_error: number | null;
  readonly strikes: number;
  readonly log_moneyness_low: number | null;
  readonly log_moneyness_high: number | null;
  readonly butterfly_violation: boolean | null;
  readonly butterfly_strikes: readonly number[];
}

export interface Smile extends Answer {
  readonly expiry: string;
  readonly settle: string;
  readonly days_to_expiry: number;
  readonly years: number;
  readonly forward: Level | null;
  readonly atm_iv: Iv | null;
  readonly points: readonly SmilePoint[];
  readonly curve: Curve | null;
}

export interface TermPoint {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly atm_iv: Iv | null;
  readonly forward_iv: Iv | null;
  readonly calendar_violation: boolean;
}

export interface Tenor {
  readonly days: number;
  readonly atm_iv: Iv | null;
  readonly risk_reversal_25: number | null;
  readonly butterfly_25: number | null;
}

/** The move that an expiry prices in, one standard deviation. */
export interface Move {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly forward: Level | null;
  readonly atm_iv: Iv | null;
  readonly straddle: number | null;
  readonly expected_move: number | null;
  readonly expected_move_fraction: number | null;
}

/** What the tenors were about a day ago. */
export interface Previous {
  readonly ts: Millis;
  readonly tenors: readonly { readonly days: number; readonly atm_iv: Iv | null }[];
}

export interface TermStructure extends Answer {
  readonly points: readonly TermPoint[];
  readonly tenors: readonly Tenor[];
  readonly atm: readonly Move[];
  readonly previous: Previous | null;
}

export interface Wings {
  readonly call_strike: number | null;
  readonly call_iv: Iv | null;
  readonly put_strike: number | null;
  readonly put_iv: Iv | null;
  readonly risk_reversal: number | null;
  readonly butterfly: number | null;
}

export interface SkewPoint {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly years: number;
  readonly atm_iv: Iv | null;
  readonly delta_25: Wings | null;
  readonly delta_10: Wings | null;
}

export interface Skew extends Answer {
  readonly data: readonly SkewPoint[];
}

export interface SurfaceRow {
  readonly days: number;
  readonly expiry: string | null;
  readonly ivs: readonly (Iv | null)[];
}

/** Two neighbouring expiries of which the later has less total variance; the shortfall is in vol points. */
export interface CalendarViolation {
  readonly near: string;
  readonly far: string;
  readonly log_moneyness: number;
  readonly shortfall: number;
}

export interface Surface extends Answer {
  readonly moneyness: readonly number[];
  readonly tenors: readonly SurfaceRow[];
  readonly expiries: readonly SurfaceRow[];
  readonly curves: readonly Curve[];
  readonly calendar_violations: readonly CalendarViolation[];
  readonly arbitrage_free: boolean | null;
}

export interface VolatilityIndex extends Answer {
  /** Per cent a year. */
  readonly value: number | null;
  readonly reason: string | null;
  readonly prices: string;
}

export interface Rank {
  readonly now: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly rank: number | null;
  readonly percentile: number | null;
  /** Days of history that there are. */
  readonly look_back_days: number;
  readonly reason: string | null;
}

export interface VolatilityRank extends Answer {
  readonly volatility_index: Rank;
  readonly atm_iv_30d: Rank;
}

export interface RealisedWindow {
  readonly days: number;
  readonly realised: Iv | null;
  readonly ts_realised: Millis | null;
  readonly atm_iv: Iv | null;
  /** IV less realised, vol points. */
  readonly difference: number | null;
}

export interface RealisedVolatility extends Answer {
  readonly data: readonly RealisedWindow[];
}

export interface Sample {
  readonly ts: Millis;
  readonly value: number | null;
}

export interface History {
  readonly field: string;
  readonly step_s: number;
  readonly data: readonly Sample[];
}

/** Sums over contracts, calls and puts apart. */
export interface Activity {
  readonly open_interest: Size | null;
  readonly call_open_interest: Size | null;
  readonly put_open_interest: Size | null;
  readonly volume_24h: Size | null;
  readonly call_volume_24h: Size | null;
  readonly put_volume_24h: Size | null;
  readonly put_call_ratio_open_interest: number | null;
  readonly put_call_ratio_volume: number | null;
}

export interface ExpiryActivity extends Activity {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly share_open_interest: number | null;
  readonly share_volume: number | null;
}

export interface StrikeActivity {
  readonly strike: Strike;
  readonly call_open_interest: Size | null;
  readonly put_open_interest: Size | null;
  readonly call_volume_24h: Size | null;
  readonly put_volume_24h: Size | null;
}

export interface OpenInterest extends Answer, Activity {
  readonly expiries: readonly ExpiryActivity[];
  readonly strikes: readonly StrikeActivity[];
}

/** What holders are paid in all at one settlement price, in the settle coin. */
export interface Payout {
  readonly price: number;
  readonly calls: number;
  readonly puts: number;
  readonly total: number;
}

export interface ExpiryPain {
  readonly expiry: string;
  readonly days_to_expiry: number;
  readonly max_pain: Strike | null;
  readonly forward: Level | null;
  readonly distance_percent: number | null;
  readonly open_interest: Size | null;
  readonly curve: readonly Payout[];
}

export interface MaxPain extends Answer {
  readonly data: readonly ExpiryPain[];
}

export interface StrikeExposure {
  readonly strike: Strike;
  readonly calls: number;
  readonly puts: number;
  readonly net: number;
}

export interface GammaExposure extends Answer {
  readonly convention: {
    readonly assumption: string;
    readonly formula: string;
    readonly unit: string;
  };
  readonly calls: number | null;
  readonly puts: number | null;
  readonly net: number | null;
  readonly flip: Level | null;
  readonly call_wall: Strike | null;
  readonly put_wall: Strike | null;
  readonly contracts: number;
  readonly left_out: number;
  readonly strikes: readonly StrikeExposure[];
  readonly profile: readonly { readonly price: number; readonly net: number }[];
}

export interface Greeks {
  readonly delta: number | null;
  readonly delta_usd: number | null;
  readonly gamma: number | null;
  readonly vega: number | null;
  readonly theta: number | null;
}

export interface GreeksBySide {
  readonly calls: Greeks;
  readonly puts: Greeks;
  readonly net: Greeks;
}

export interface NetGreeks extends Answer, GreeksBySide {
  readonly expiries: readonly (GreeksBySide & { readonly expiry: string; readonly days_to_expiry: number })[];
}
