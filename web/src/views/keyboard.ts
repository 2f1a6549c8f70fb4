import type { PresetName } from '../model/columns';

/** What a key press asks for. */
export type Command =
  | { readonly do: 'strike'; readonly by: -1 | 1 }
  | { readonly do: 'expiry'; readonly by: -1 | 1 }
  | { readonly do: 'window'; readonly by: -1 | 1 }
  | { readonly do: 'coin'; readonly index: number }
  | { readonly do: 'preset'; readonly name: PresetName }
  | { readonly do: 'recentre' | 'search' | 'pause' | 'side' | 'help' | 'close' };

/** Keys with what they do, in the order of the help. */
export const KEYS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: '↑ ↓', does: 'move the marker by one strike' },
  { keys: '← →', does: 'previous or next expiry' },
  { keys: '1 … 9', does: 'choose a coin' },
  { keys: '[ ]', does: 'fewer or more strikes' },
  { keys: '/', does: 'go to a strike' },
  { keys: 'A', does: 'centre the at-the-money strike again' },
  { keys: 'G', does: 'switch between Greeks and prices' },
  { keys: 'V', does: 'volatility columns' },
  { keys: 'S', does: 'calls or puts, where there is room for one side' },
  { keys: 'P', does: 'pause and continue' },
  { keys: '?', does: 'this help' },
];

type KeyPress = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>;

const COMMANDS: Readonly<Record<string, Command>> = {
  ArrowUp: { do: 'strike', by: -1 },
  ArrowDown: { do: 'strike', by: 1 },
  ArrowLeft: { do: 'expiry', by: -1 },
  ArrowRight: { do: 'expiry', by: 1 },
  '[': { do: 'window', by: -1 },
  ']': { do: 'window', by: 1 },
  '/': { do: 'search' },
  a: { do: 'recentre' },
  v: { do: 'preset', name: 'Volatility' },
  s: { do: 'side' },
  p: { do: 'pause' },
  '?': { do: 'help' },
  Escape: { do: 'close' },
};

/** The command of a key press, given the preset on screen; `null` for a key that means nothing here. */
export function commandFor(press: KeyPress, preset: PresetName | null): Command | null {
  if (press.altKey || press.ctrlKey || press.metaKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  if (/^[1-9]$/.test(key)) return { do: 'coin', index: Number(key) - 1 };
  if (key === 'g') return { do: 'preset', name: preset === 'Greeks' ? 'Price' : 'Greeks' };
  return Object.hasOwn(COMMANDS, key) ? (COMMANDS[key] ?? null) : null;
}
