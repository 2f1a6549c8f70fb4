import { flag, listOf, numberOf, objectOf, optionalNumber, optionalText, textOf } from './checks';

/** Checks a value and gives it its type; `where` names it in the error. */
export type Reader<T> = (value: unknown, where: string) => T;

type Shape<T> = { readonly [Name in keyof T]-?: Reader<T[Name]> };

/** An object with these fields; others are ignored. */
export function record<T>(shape: Shape<T>): Reader<T> {
  const names = Object.keys(shape) as (keyof T & string)[];
  return (value, where) => {
    const fields = objectOf(value, where);
    const checked: Partial<T> = {};
    for (const name of names) checked[name] = shape[name](fields[name], `${where}.${name}`);
    // Every name of the shape has been filled in, and the shape has every name of T.
    return checked as T;
  };
}

export function list<T>(one: Reader<T>): Reader<readonly T[]> {
  return (value, where) => listOf(value, where).map((item) => one(item, where));
}

/** The value, or `null` where it is absent. */
export function maybe<T>(one: Reader<T>): Reader<T | null> {
  return (value, where) => (value === null || value === undefined ? null : one(value, where));
}

/** A number under the name of its unit: units are known from the field alone. */
export function number<T extends number = number>(): Reader<T> {
  return numberOf as Reader<T>;
}

export function maybeNumber<T extends number = number>(): Reader<T | null> {
  return optionalNumber as Reader<T | null>;
}

export const text: Reader<string> = textOf;
export const maybeText: Reader<string | null> = optionalText;
export const truth = flag as Reader<boolean>;
