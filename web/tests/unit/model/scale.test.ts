import { describe, expect, it } from 'vitest';
import { StrikeScale } from '../../../src/model/scale';

const SCALE = new StrikeScale([90, 100, 150]);

describe('StrikeScale', () => {
  it('puts a price between the strikes around it', () => {
    expect(SCALE.placeOf(100)).toBe(1);
    expect(SCALE.placeOf(125)).toBe(1.5);
    expect(SCALE.placeOf(90)).toBe(0);
  });

  it('has no place for a price outside the strikes', () => {
    expect([80, 151, null].map((price) => SCALE.placeOf(price))).toEqual([null, null, null]);
  });

  it('labels no more strikes than there is room for', () => {
    const many = new StrikeScale(Array.from({ length: 100 }, (_, at) => 50_000 + at * 500)).axis('Strike');
    expect(many.places?.(-0.7, 99.7, 580)).toHaveLength(10);
    expect(many.text(2)).toBe('51,000');
    expect(many.text(100)).toBe('');
  });
});
