import { describe, expect, it } from 'vitest';
import { Track } from '../../../src/model/track';

describe('Track', () => {
  it('gives columns of times and values, with holes where a value is absent', () => {
    const track = new Track(2, 4, 250);
    track.push(1_000, [1, null]);
    track.push(2_000, [2, 20]);
    expect(track.lines(0, 1)).toEqual([[1_000, 2_000], [1, 2], [null, 20]]);
    expect(track.lines(1)).toEqual([[1_000, 2_000], [null, 20]]);
  });

  it('keeps the newest points in memory that does not grow', () => {
    const track = new Track(1, 3, 250);
    const before = track.bytes;
    for (let second = 1; second <= 10; second += 1) track.push(second * 1_000, [second]);
    expect(track.lines(0)).toEqual([[8_000, 9_000, 10_000], [8, 9, 10]]);
    expect([track.length, track.bytes, track.newest]).toEqual([3, before, 10_000]);
    expect(before).toBe(2 * 3 * 8);
  });

  it('lets values that come too soon take the place of the point before', () => {
    const track = new Track(1, 10, 250);
    for (let ms = 0; ms < 1_000; ms += 50) track.push(ms, [ms]);
    expect(track.lines(0)).toEqual([[0, 250, 500, 750], [200, 450, 700, 950]]);
  });

  it('never goes back in time', () => {
    const track = new Track(1, 10, 250);
    track.push(2_000, [1]);
    track.push(1_000, [2]);
    expect(track.lines(0)).toEqual([[2_000], [2]]);
  });

  it('has a hole where what comes next does not follow', () => {
    const track = new Track(1, 10, 200);
    track.break();
    track.push(1_000, [1]);
    track.break();
    track.push(5_000, [2]);
    expect(track.lines(0)).toEqual([[1_000, 1_100, 5_000], [1, null, 2]]);
  });
});
