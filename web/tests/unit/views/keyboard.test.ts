import { describe, expect, it } from 'vitest';
import { commandFor } from '../../../src/views/keyboard';

function press(key: string, modifiers = {}) {
  return { key, altKey: false, ctrlKey: false, metaKey: false, ...modifiers };
}

describe('commandFor', () => {
  it.each([
    ['ArrowUp', { do: 'strike', by: -1 }],
    ['ArrowRight', { do: 'expiry', by: 1 }],
    ['2', { do: 'coin', index: 1 }],
    [']', { do: 'window', by: 1 }],
    ['A', { do: 'recentre' }],
    ['g', { do: 'preset', name: 'Greeks' }],
    ['v', { do: 'preset', name: 'Volatility' }],
    ['/', { do: 'search' }],
    ['?', { do: 'help' }],
  ])('of %s', (key, command) => {
    expect(commandFor(press(key), 'Price')).toEqual(command);
  });

  it('returns from Greeks to prices with the same key', () => {
    expect(commandFor(press('g'), 'Greeks')).toEqual({ do: 'preset', name: 'Price' });
  });

  it.each(['0', 'x', 'Tab', 'toString', 'Enter'])('is nothing for %s', (key) => {
    expect(commandFor(press(key), null)).toBeNull();
  });

  it('leaves the browser its own key combinations', () => {
    expect(commandFor(press('1', { ctrlKey: true }), null)).toBeNull();
    expect(commandFor(press('ArrowLeft', { altKey: true }), null)).toBeNull();
  });
});
