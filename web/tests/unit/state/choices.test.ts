import { describe, expect, it } from 'vitest';
import { DEFAULT_CHOICES, parseChoices, stepWindow } from '../../../src/state/choices';

describe('parseChoices', () => {
  it('reads back what was written', () => {
    const choices = { ...DEFAULT_CHOICES, underlying: 'ETH', each: null, side: 'put', columns: ['delta', 'theta'], zone: 'local', unit: 'usd' };
    expect(parseChoices(JSON.stringify(choices))).toEqual(choices);
  });

  it.each([null, '', '{', '[]', '7', '{"each":3,"side":"both","theme":"pink","columns":["rho"],"underlying":1,"zone":"mars","unit":"eur"}'])(
    'takes the defaults for %s',
    (text) => {
      expect(parseChoices(text)).toEqual(DEFAULT_CHOICES);
    },
  );

  it('keeps the columns it knows', () => {
    expect(parseChoices('{"columns":["delta","rho","delta"]}').columns).toEqual(['delta']);
  });
});

describe('stepWindow', () => {
  it('moves through the choices and stops at both ends', () => {
    expect(stepWindow(15, 1)).toBe(20);
    expect(stepWindow(15, -1)).toBe(10);
    expect(stepWindow(5, -1)).toBe(5);
    expect(stepWindow(25, 1)).toBeNull();
    expect(stepWindow(null, 1)).toBeNull();
    expect(stepWindow(null, -1)).toBe(25);
  });
});
