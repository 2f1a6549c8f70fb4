import { describe, expect, it } from 'vitest';
import { pageOf, scrollTo, windowAt, windowSize } from '../../../src/model/window';

const VIEW = { height: 660, row: 22 };

describe('the window', () => {
  it('begins with the first row and holds few of many', () => {
    const window = windowAt({ ...VIEW, scrolled: 0 }, 2_114);
    expect(window).toEqual({ first: 0, end: 46, above: 0, below: (2_114 - 46) * 22 });
  });

  it('covers what is in view wherever one scrolls, and the room stays the same', () => {
    for (let scrolled = 0; scrolled <= 2_114 * 22 - 660; scrolled += 97) {
      const { first, end, above, below } = windowAt({ ...VIEW, scrolled }, 2_114);
      expect(first).toBeLessThanOrEqual(Math.floor(scrolled / 22));
      expect(end).toBeGreaterThanOrEqual(Math.ceil((scrolled + 660) / 22));
      expect(above + (end - first) * 22 + below).toBe(2_114 * 22);
      expect(end - first).toBeLessThanOrEqual(60);
    }
  });

  it('ends with the last row, also where the scroll position is beyond', () => {
    expect(windowAt({ ...VIEW, scrolled: 99_999 }, 100).end).toBe(100);
    expect(windowAt({ ...VIEW, scrolled: 99_999 }, 3)).toEqual({ first: 0, end: 3, above: 0, below: 0 });
    expect(windowAt({ ...VIEW, scrolled: 0 }, 0)).toEqual({ first: 0, end: 0, above: 0, below: 0 });
  });

  it('stays the same for a scroll of one row', () => {
    expect(windowAt({ ...VIEW, scrolled: 2_200 + 44 }, 500).first).toBe(windowAt({ ...VIEW, scrolled: 2_200 + 66 }, 500).first);
  });

  it('holds more rows where there is more room', () => {
    expect(windowSize({ height: 1_320, row: 22 })).toBeGreaterThan(windowSize(VIEW));
  });
});

describe('a row', () => {
  it.each([
    [10, 440, 220],
    [30, 440, 440],
    [60, 0, 682],
  ])('%i is brought into view from %i by scrolling to %i', (index, scrolled, to) => {
    expect(scrollTo(index, { ...VIEW, scrolled })).toBe(to);
  });
});

it('a page is a view less a row, at least one row', () => {
  expect(pageOf(VIEW)).toBe(29);
  expect(pageOf({ height: 10, row: 22 })).toBe(1);
});
