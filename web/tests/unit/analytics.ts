import gamma from '../../../tests/data/api/gamma_exposure.json?raw';
import history from '../../../tests/data/api/history.json?raw';
import pain from '../../../tests/data/api/max_pain.json?raw';
import greeks from '../../../tests/data/api/net_greeks.json?raw';
import interest from '../../../tests/data/api/open_interest.json?raw';
import realised from '../../../tests/data/api/realised_volatility.json?raw';
import skew from '../../../tests/data/api/skew.json?raw';
import smile from '../../../tests/data/api/smile.json?raw';
import surface from '../../../tests/data/api/surface.json?raw';
import term from '../../../tests/data/api/term_structure.json?raw';
import index from '../../../tests/data/api/volatility_index.json?raw';
import rank from '../../../tests/data/api/volatility_rank.json?raw';
import {
  gammaExposureOf,
  historyOf,
  maxPainOf,
  netGreeksOf,
  openInterestOf,
  realisedVolatilityOf,
  skewOf,
  smileOf,
  surfaceOf,
  termStructureOf,
  volatilityIndexOf,
  volatilityRankOf,
} from '../../src/net/analytics';
import { parseObject } from '../../src/net/checks';

/** Answers that the server's tests read too. */
export const SMILE = smileOf(parseObject(smile));
export const TERM = termStructureOf(parseObject(term));
export const SKEW = skewOf(parseObject(skew));
export const SURFACE = surfaceOf(parseObject(surface));
export const INDEX = volatilityIndexOf(parseObject(index));
export const RANK = volatilityRankOf(parseObject(rank));
export const REALISED = realisedVolatilityOf(parseObject(realised));
export const HISTORY = historyOf(parseObject(history));
export const INTEREST = openInterestOf(parseObject(interest));
export const PAIN = maxPainOf(parseObject(pain));
export const GAMMA = gammaExposureOf(parseObject(gamma));
export const GREEKS = netGreeksOf(parseObject(greeks));

/** Each of these answers as it was sent, and as it was read. */
export const ANSWERS: readonly (readonly [name: string, sent: string, read: object])[] = [
  ['smile', smile, SMILE],
  ['term structure', term, TERM],
  ['skew', skew, SKEW],
  ['surface', surface, SURFACE],
  ['volatility index', index, INDEX],
  ['volatility rank', rank, RANK],
  ['realised volatility', realised, REALISED],
  ['history', history, HISTORY],
  ['open interest', interest, INTEREST],
  ['max pain', pain, PAIN],
  ['gamma exposure', gamma, GAMMA],
  ['net greeks', greeks, GREEKS],
];
