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
    [']', { do: 'expiry', by: 1 }],
    ['+', { do: 'window', by: 1 }],
    ['E', { do: 'letter', letter: 'E' }],
    ['Enter', { do: 'open' }],
    ['A', { do: 'recentre' }],
    ['g', { do: 'greeks' }],
    ['v', { do: 'preset', name: 'Volatility' }],
    ['o', { do: 'preset', name: 'Activity' }],
    ['t', { do: 'turn' }],
    ['/', { do: 'search' }],
    ['?', { do: 'help' }],
  ])('of %s', (key, command) => {
    expect(commandFor(press(key))).toEqual(command);
  });

  it.each(['0', 'x', 'Tab', 'toString'])('is nothing for %s', (key) => {
    expect(commandFor(press(key))).toBeNull();
  });

  it('leaves the browser its own key combinations', () => {
    expect(commandFor(press('1', { ctrlKey: true }))).toBeNull();
    expect(commandFor(press('ArrowLeft', { altKey: true }))).toBeNull();
  });
});
