import { expect, it } from 'vitest';
import { smilePlot } from '../../../../src/model/smile';
import { keysOf, structureOf } from '../../../../src/views/chart/legend';
import { SMILE } from '../../analytics';

const PLOT = smilePlot([SMILE, { ...SMILE, expiry: '2027-03-26' }], 'strike', false);

it('the key names what can be told apart, once', () => {
  expect(keysOf(PLOT).map(({ sign, label }) => `${sign} ${label}`)).toEqual([
    '○ 25 Dec 26',
    '━━ SVI fit',
    '○ 26 Mar 27',
    '▒▒ Bid to ask',
  ]);
});

it('new numbers need no new chart, another axis does', () => {
  const later = smilePlot([{ ...SMILE, points: SMILE.points.slice(1) }, { ...SMILE, expiry: '2027-03-26' }], 'strike', false);
  expect(structureOf(later)).toBe(structureOf(PLOT));
  expect(structureOf(smilePlot([SMILE], 'delta', false))).not.toBe(structureOf(smilePlot([SMILE], 'strike', false)));
});
