import { listOf } from './checks';

/** Checks a value and gives it its type; `where` names it in the error. */
export type Reader<T> = (value: unknown, where: string) => T;

export function list<T>(one: Reader<T>): Reader<readonly T[]> {
  return (value, where) => listOf(value, where).map((item) => one(item, where));
}

/** The value, or `null` where it is absent. */
export function maybe<T>(one: Reader<T>): Reader<T | null> {
  return (value, where) => (value === null || value === undefined ? null : one(value, where));
}
