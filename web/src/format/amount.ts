import { DASH, fixed } from './number';

const BYTE_STEPS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in steps of a thousand, with three digits: "842 B", "1.19 MB", "60.5 MB". */
export function bytes(value: number | null): string {
  if (value === null) return DASH;
  let amount = value;
  let step = 0;
  // 999,600 would round to 1000 kB, so a step begins where its own first digits appear.
  while (Math.abs(amount) >= 999.5 && step < BYTE_STEPS.length - 1) {
    amount /= 1_000;
    step += 1;
  }
  return `${step === 0 ? fixed(amount, 0) : digits(amount)} ${BYTE_STEPS[step]}`;
}

/** A whole number with thousands separators. */
export function count(value: number | null): string {
  return value === null ? DASH : fixed(value, 0);
}

/** A number in three digits or all that stand before the point: "0.069", "4.22", "60.5", "2,704". */
export function amount(value: number | null): string {
  if (value === null) return DASH;
  return value !== 0 && Math.abs(value) < 0.9995 ? trimmed(fixed(value, 3)) : digits(value);
}

/** A share (0 to 1) in per cent with one decimal; what is not all is never shown as 100 %. */
export function share(fraction: number | null): string {
  if (fraction === null) return DASH;
  const percent = fraction < 1 ? Math.min(fraction * 100, 99.9) : fraction * 100;
  return `${fixed(percent, percent === 100 ? 0 : 1)}%`;
}

/** Something a second: "2,604/s", "0.4/s". */
export function perSecond(value: number | null): string {
  if (value === null) return DASH;
  return `${fixed(value, Math.abs(value) >= 10 || value === 0 ? 0 : 1)}/s`;
}

/** Milliseconds with a decimal where there are few. */
export function millis(value: number | null): string {
  return value === null ? DASH : `${fixed(value, Math.abs(value) >= 100 ? 0 : 1)} ms`;
}

/** How long something has run or lasted: "14 s", "3 min 05 s", "2 h 07 min", "3 d 04 h". */
export function duration(seconds: number | null): string {
  if (seconds === null) return DASH;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${two(Math.floor((whole % 3_600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${two(Math.floor((whole % 86_400) / 3_600))} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return fixed(value, 0);
  return fixed(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
