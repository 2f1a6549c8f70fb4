import { expect, it } from 'vitest';
import { colourAt, css, inkOn, rgbOf } from '../../../../src/views/chart/ramp';

const RAMP = ['#0b2a5b', '#6b6f78', '#f7e464'].map(rgbOf);

it('a colour of the scale lies between its neighbours', () => {
  expect(colourAt(0, RAMP)).toEqual([11, 42, 91]);
  expect(colourAt(1, RAMP)).toEqual([247, 228, 100]);
  expect(css(colourAt(0.25, RAMP))).toBe('rgb(59 77 106)');
  expect(colourAt(7, RAMP)).toEqual(colourAt(1, RAMP));
});

it('figures are light on dark cells and dark on light ones', () => {
  expect(inkOn(rgbOf('#0b2a5b'))).toBe('#ffffff');
  expect(inkOn(rgbOf('#f7e464'))).toBe('#000000');
});

it('what is no colour counts as grey', () => {
  expect(rgbOf('')).toEqual([128, 128, 128]);
});
