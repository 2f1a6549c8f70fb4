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
  '$[]': list(textOf),
  '{}': numbers,
  '{}?': maybe(numbers),
  '${}': (value, where) => named(value, where, textOf),
};

function named<T>(value: unknown, where: string, one: Reader<T>): [string, T][] {
  return Object.entries(objectOf(value, where)).map(([name, found]) => [name, one(found, `${where}.${name}`)]);
}

/**
 * A reader of objects, from the names of their fields: "uptime=uptime_s bytes_written version$ hit_rate? ready!".
 *
 * Signs behind a name: none for a number, `$` for a text, `!` for true or false, `?` where it may be absent, `[]` for
 * a list and `{}` for an object whose names are data. Before `=` stands what we call the field, else its own name
 * in our spelling ("bytesWritten"). `parts` are the fields that have readers of their own.
 */
export function shape<T>(fields: string, parts: Readonly<Record<string, Reader<unknown>>> = {}): Reader<T> {
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

function entry(name: string, read: Reader<unknown> = numberOf): { ours: string; theirs: string; read: Reader<unknown> } {
  const [first = name, theirs = first] = name.split('=');
  return { ours: first.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), theirs, read };
}

/** The objects of an object whose names are data, as a list, with the name as the field `key`. */
export function entriesOf<T>(key: string, one: Reader<T>): Reader<readonly T[]> {
  return (value, where) => named(value, where, one).map(([name, found]) => ({ [key]: name, ...found }));
}

/** The items of the field `data`. */
export function dataOf<T>(one: Reader<T>): (answer: Readonly<Record<string, unknown>>) => readonly T[] {
  return (answer) => listOf(answer['data'], 'data').map((item) => one(item, 'data'));
}
