import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Frame } from '../../../src/views/frame';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 16));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('Frame', () => {
  it('draws once for many requests', () => {
    const draw = vi.fn();
    const frame = new Frame(draw);
    for (let i = 0; i < 5; i += 1) frame.request();
    vi.advanceTimersByTime(20);
    expect(draw).toHaveBeenCalledTimes(1);
  });

  it('draws at most ten times a second, and never loses the last request', () => {
    const draw = vi.fn();
    const frame = new Frame(draw);
    for (let ms = 0; ms < 1000; ms += 5) {
      frame.request();
      vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(200);
    expect(draw.mock.calls.length).toBeGreaterThanOrEqual(8);
    expect(draw.mock.calls.length).toBeLessThanOrEqual(11);
    frame.request();
    vi.advanceTimersByTime(200);
    const before = draw.mock.calls.length;
    vi.advanceTimersByTime(1000);
    expect(draw).toHaveBeenCalledTimes(before);
  });
});
