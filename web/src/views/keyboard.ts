import type { PresetName } from '../model/columns';

/** What a key press asks for. */
export type Command =
  | { readonly do: 'strike'; readonly by: -1 | 1 }
  | { readonly do: 'expiry'; readonly by: -1 | 1 }
  | { readonly do: 'window'; readonly by: -1 | 1 }
  | { readonly do: 'coin'; readonly index: number }
  | { readonly do: 'letter'; readonly letter: string }
  | { readonly do: 'preset'; readonly name: PresetName }
  | { readonly do: 'greeks' | 'recentre' | 'search' | 'pause' | 'side' | 'open' | 'turn' | 'help' | 'close' };

/** Keys with what they do, in the order of the help. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['↑ ↓', 'move the marker by one row'],
  ['Enter', 'open the marked contract'],
  ['← → or [ ]', 'previous or next expiry'],
  ['B E S', 'BTC, ETH, SOL: the coin of that letter'],
  ['1 … 9', 'the coin at that place'],
  ['− +', 'fewer or more strikes'],
  ['/', 'search'],
  ['A', 'centre the at-the-money strike again'],
  ['G', 'switch between Greeks and prices'],
  ['V O', 'columns of volatility, of activity'],
  ['C', 'marker to the other half; where there is room for one, show the other'],
  ['T', 'the marked strike in every expiry, and back'],
  ['P', 'pause and continue'],
  ['Esc', 'close what is open, the innermost first'],
  ['?', 'this help'],
];

type KeyPress = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>;

const COMMANDS: Readonly<Record<string, Command>> = {
  ArrowUp: { do: 'strike', by: -1 },
  ArrowDown: { do: 'strike', by: 1 },
  ArrowLeft: { do: 'expiry', by: -1 },
  ArrowRight: { do: 'expiry', by: 1 },
  '[': { do: 'expiry', by: -1 },
  ']': { do: 'expiry', by: 1 },
  '-': { do: 'window', by: -1 },
  '+': { do: 'window', by: 1 },
  '=': { do: 'window', by: 1 },
  '/': { do: 'search' },
  Enter: { do: 'open' },
  a: { do: 'recentre' },
  b: { do: 'letter', letter: 'B' },
  e: { do: 'letter', letter: 'E' },
  s: { do: 'letter', letter: 'S' },
  g: { do: 'greeks' },
  v: { do: 'preset', name: 'Volatility' },
  o: { do: 'preset', name: 'Activity' },
  c: { do: 'side' },
  t: { do: 'turn' },
  p: { do: 'pause' },
  '?': { do: 'help' },
  Escape: { do: 'close' },
};

/** The command of a key press; `null` for a key that means nothing here. */
export function commandFor(press: KeyPress): Command | null {
  if (press.altKey || press.ctrlKey || press.metaKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (/^[1-9]$/.test(key)) return { do: 'coin', index: Number(key) - 1 };
  return Object.hasOwn(COMMANDS, key) ? (COMMANDS[key] ?? null) : null;
}

/** True where the key belongs to what has the focus: typing, choosing, following a link. */
export function takesKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches('input, select, textarea')) return true;
  return key === 'Enter' && target.matches('a, button, summary');
}
