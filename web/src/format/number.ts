import type { Iv, Level, Price, Size, Strike } from './units';

/** Stands for a value that is absent. Zero is a value and prints as zero. */
export const DASH = '–';

const MINUS = '−';
const MAX_DECIMALS = 8;
/** From here on doubles are whole, and print with an exponent at last. */
const EXACT = 2 ** 53;

/**
 * Digits of a value that is not negative, rounded half up as the decimal that it prints as: 1.005 becomes 1.01, though
 * its double is a little less. Intl.NumberFormat does the same, but costs the first page milliseconds to set up.
 */
function rounded(size: number, decimals: number): string {
  // A point that is moved in the text loses nothing; a text with an exponent is far below the digits shown.
  const units = Math.round(Number(`${size}e${decimals}`) || size * 10 ** decimals);
  if (units >= EXACT) return size.toFixed(decimals);
  const digits = String(units).padStart(decimals + 1, '0');
  const whole = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;

/** Digits with thousands separators; a value that rounds to zero carries no sign. */
export function fixed(value: number, decimals: number): string {
  const plain = rounded(Math.abs(value), decimals);
  const whole = decimals === 0 ? plain.length : plain.length - decimals - 1;
  const digits = whole < 4 ? plain : plain.slice(0, whole).replace(THOUSANDS, ',') + plain.slice(whole);
  return value < 0 && /[1-9]/.test(digits) ? MINUS + digits : digits;
}

/** As {@link fixed}, with a plus sign in front of positive values. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Decimals needed to print a value in full, at most eight. */
export function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals += 1) {
    const scaled = value * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-11 * Math.max(1, Math.abs(scaled))) {
      return decimals;
    }
  }
  return MAX_DECIMALS;
}

/** An option price; a positive price below the last shown digit prints as "<0.01". */
export function price(value: Price, decimals: number): string {
  const smallest = 10 ** -decimals;
  if (value > 0 && value < smallest / 2) return `<${smallest.toFixed(decimals)}`;
  return fixed(value, decimals);
}

/** Index or forward: two decimals from 100 on, more for coins below. */
export function level(value: Level): string {
  const size = Math.abs(value);
  if (size >= 100) return fixed(value, 2);
  return fixed(value, size >= 1 ? 4 : 6);
}

export function strike(value: Strike): string {
  return fixed(value, decimalsOf(value));
}

/** Volatility in percent with one decimal. */
export function iv(value: Iv): string {
  return `${fixed(value * 100, 1)}%`;
}

/** A signed share in percent; large moves drop the decimal. */
export function change(fraction: number): string {
  const percent = fraction * 100;
  return `${signed(percent, Math.abs(percent) >= 1000 ? 0 : 1)}%`;
}

/** A signed fraction in percent with two decimals: moves of an index, basis. */
export function percent(fraction: number): string {
  return `${signed(fraction * 100, 2)}%`;
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
];

/** A size in few characters: 0.01, 26.55, 842.1, 1.2K, 3.4M. */
export function compact(value: Size | number): string {
  const size = Math.abs(value);
  for (const [step, letter] of STEPS) {
    // 999,960 would round to 1000.0K, so a step begins where its own first digit appears.
    if (size >= step * 0.99995) return `${fixed(value / step, 1)}${letter}`;
  }
  return fixed(value, Math.min(decimalsOf(value), size >= 100 ? 1 : 2));
}

/** Gamma: seven decimals, scientific where those would all be zero. */
export function gamma(value: number): string {
  if (value !== 0 && Math.abs(value) < 5e-8) return value.toExponential(1).replaceAll('-', MINUS);
  return fixed(value, 7);
}
