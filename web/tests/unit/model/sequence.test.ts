import { describe, expect, it } from 'vitest';
import { Sequence } from '../../../src/model/sequence';

describe('Sequence', () => {
  it('skips deltas before the first snapshot', () => {
    expect(new Sequence().delta(1)).toBe('skip');
  });

  it('applies deltas that follow', () => {
    const sequence = new Sequence();
    sequence.snapshot(41);
    expect([sequence.delta(42), sequence.delta(43)]).toEqual(['apply', 'apply']);
  });

  it('reports a jump once and then waits for a snapshot', () => {
    const sequence = new Sequence();
    sequence.snapshot(41);
    expect([sequence.delta(43), sequence.delta(44)]).toEqual(['gap', 'skip']);
    sequence.snapshot(50);
    expect(sequence.delta(51)).toBe('apply');
  });

  it('skips what a snapshot already contains', () => {
    const sequence = new Sequence();
    sequence.snapshot(41);
    expect(sequence.delta(41)).toBe('skip');
    expect(sequence.delta(42)).toBe('apply');
  });

  it('waits for a snapshot after a reset', () => {
    const sequence = new Sequence();
    sequence.snapshot(41);
    sequence.reset();
    expect(sequence.delta(42)).toBe('skip');
  });
});
