import { flag, listOf, numberOf, objectOf, optionalNumber, optionalText, textOf } from './checks';
import { list, maybe, type Reader } from './reading';

const numbers: Reader<unknown> = (value, where) => new Map(named(value, where, optionalNumber));

/** What the last signs of a field's name say about it. */
const KINDS: Readonly<Record<string, Reader<unknown>>> = {
  '': numberOf,
  '?': optionalNumber,
  $: textOf,
  '$?': optionalText,
  '!': flag,
  '!?': maybe(flag),
  '[]': list(numberOf),
  '?[]': list(optionalNumber),
  '$[]': list(textOf),
  '{}': numbers,
  '{}?': maybe(numbers),
  '${}': (value, where) => named(value, where, textOf),
};

function named<T>(value: unknown, where: string, one: Reader<T>): [string, T][] {
  return Object.entries(objectOf(value, where)).map(([name, found]) => [name, one(found, `${where}.${name}`)]);
}

type Parts = Readonly<Record<string, Reader<unknown>>>;

/**
 * A reader of objects, from the names of their fields: "uptime=uptime_s bytes_written version$ hit_rate? ready!".
 *
 * Signs behind a name: none for a number, `$` for a text, `!` for true or false, `?` where it may be absent, `[]` for
 * a list and `{}` for an object whose names are data. Before `=` stands what we call the field, else its own name
 * in our spelling ("bytesWritten"). `parts` are the fields that have readers of their own.
 */
export function shape<T>(fields: string, parts: Parts = {}): Reader<T> {
  return reader(fields, parts, (name) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
}

/** As {@link shape}, under the server's own names. */
export function served<T>(fields: string, parts: Parts = {}): Reader<T> {
  return reader(fields, parts, String);
}

function reader<T>(fields: string, parts: Parts, spelt: (name: string) => string): Reader<T> {
  const entry = (field: string, read: Reader<unknown> = numberOf) => {
    const [first = field, theirs = first] = field.split('=');
    return { ours: spelt(first), theirs, read };
  };
  const plain = fields.split(' ').filter(Boolean).map((field) => {
    const name = field.replace(/[^\w=]+$/, '');
    return entry(name, KINDS[field.slice(name.length)]);
  });
  const entries = [...plain, ...Object.entries(parts).map(([name, read]) => entry(name, read))];
  return (value, where) => {
    const found = objectOf(value, where);
    const checked = entries.map(({ ours, theirs, read }) => [ours, read(found[theirs], `${where}.${theirs}`)]);
    // The names are those of T: examples of the server's answers hold both to the same.
    return Object.fromEntries(checked) as T;
  };
}

/** The objects of an object whose names are data, as a list, with the name as the field `key`. */
export function entriesOf<T>(key: string, one: Reader<T>): Reader<readonly T[]> {
  return (value, where) => named(value, where, one).map(([name, found]) => ({ [key]: name, ...found }));
}

/** The items of the field `data`. */
export function dataOf<T>(one: Reader<T>): (answer: Readonly<Record<string, unknown>>) => readonly T[] {
  return (answer) => listOf(answer['data'], 'data').map((item) => one(item, 'data'));
}
