import { describe, expect, it } from 'vitest';
import { nextOrder, orderText, parseOrder, sorted } from '../../../src/model/sort';

const isKey = (name: string): name is 'iv' | 'strike' => ['iv', 'strike'].includes(name);

describe('sorted', () => {
  const items = [
    { name: 'a', value: 2 },
    { name: 'b', value: null },
    { name: 'c', value: 1 },
    { name: 'd', value: 2 },
    { name: 'e', value: null },
    { name: 'f', value: 0 },
  ];

  it.each([
    [false, 'fcadbe'],
    [true, 'adcfbe'],
  ])('puts absent values last and keeps equal ones in place; downwards: %s', (down, names) => {
    expect(sorted(items, (item) => item.value, down).map((item) => item.name).join('')).toBe(names);
  });

  it('orders texts, too', () => {
    expect(sorted(['put', 'call'], (text) => text, false)).toEqual(['call', 'put']);
  });

  it('leaves what it is given as it is', () => {
    const given = [3, 1, 2];
    sorted(given, (number) => number, false);
    expect(given).toEqual([3, 1, 2]);
  });
});

describe('the order in the address', () => {
  it.each(['iv', '-iv', '-strike'])('%s reads back as written', (text) => {
    expect(orderText(parseOrder(text, isKey))).toBe(text);
  });

  it.each([undefined, '', '-', 'constructor', '--iv'])('%s is none', (text) => {
    expect(parseOrder(text, isKey)).toBeNull();
  });
});

it('clicks go through the first direction, the other and none', () => {
  const first = nextOrder(null, 'iv', true);
  const second = nextOrder(first, 'iv', true);
  expect([first, second, nextOrder(second, 'iv', true)]).toEqual([
    { key: 'iv', down: true },
    { key: 'iv', down: false },
    null,
  ]);
  expect(nextOrder(first, 'strike', false)).toEqual({ key: 'strike', down: false });
});
