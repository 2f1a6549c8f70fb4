import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Millis } from '../../../../src/format/units';
import { tableFields } from '../../../../src/model/fields';
import type { Roster } from '../../../../src/model/roster';
import { Sheet } from '../../../../src/views/contracts/sheet';
import { CALL, change, PUT } from '../../examples';
import { exampleRoster } from '../../roster';

/** As much of an element as the sheet touches. */
class FakeElement {
  readonly dataset: Record<string, string> = {};
  readonly attributes = new Map<string, string>();
  children: FakeElement[] = [];
  parent: FakeElement | null = null;
  className = '';
  id = '';
  data = '';

  append(...nodes: FakeElement[]): void {
    for (const node of nodes) {
      node.remove();
      node.parent = this;
      this.children.push(node);
    }
  }

  prepend(...nodes: FakeElement[]): void {
    const rest = this.children.filter((child) => !nodes.includes(child));
    this.children = [...nodes, ...rest];
  }

  remove(): void {
    if (this.parent !== null) this.parent.children = this.parent.children.filter((child) => child !== this);
  }

  replaceChildren(): void {
    this.children = [];
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  toggleAttribute(name: string, on: boolean): void {
    if (on) this.attributes.set(name, '');
    else this.attributes.delete(name);
  }
}

const FIELDS = tableFields(['bid_price', 'age'], false);
const BID = 6;
const NOW = Date.parse('2026-12-01T00:00:00Z') as Millis;

let roster: Roster;
let sheet: Sheet;
let body: FakeElement;
let calm: boolean;

function made(data = ''): FakeElement {
  const element = new FakeElement();
  element.data = data;
  return element;
}

function row(symbol: string): FakeElement {
  const found = body.children.find((one) => one.dataset['symbol'] === symbol);
  if (found === undefined) throw new Error(`no row of ${symbol}`);
  return found;
}

function cell(symbol: string, at = BID): FakeElement {
  const found = row(symbol).children[at];
  if (found === undefined) throw new Error(`no cell ${at}`);
  return found;
}

function text(symbol: string, at = BID): string {
  return cell(symbol, at).children[0]?.data ?? '';
}

function listed(): string[] {
  return roster.listed().map((one) => one.ticker.symbol);
}

function shown(): (string | undefined)[] {
  return body.children.map((one) => one.dataset['symbol']);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { createElement: () => made(), createTextNode: made });
  calm = false;
  roster = exampleRoster();
  sheet = new Sheet(roster, () => calm);
  body = new FakeElement();
  sheet.body(FIELDS)(body as unknown as HTMLElement);
  sheet.show(roster.listed(), { first: 0, end: 4 });
  sheet.paint({ now: NOW, usd: false }, false);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the window', () => {
  it('has a row for each of its contracts, with its place in the whole table', () => {
    expect(shown()).toEqual(listed().slice(0, 4));
    expect(body.children.map((one) => one.attributes.get('aria-rowindex'))).toEqual(['2', '3', '4', '5']);
  });

  it.each([
    [0, 2],
    [3, 1],
    [2, 0],
    [0, 3],
  ])('that moves from %i to %i reuses the rows they share', (from, to) => {
    sheet.show(roster.listed(), { first: from, end: from + 4 });
    const before = new Map(body.children.map((one) => [one.dataset['symbol'], one]));
    sheet.show(roster.listed(), { first: to, end: to + 4 });
    expect(shown()).toEqual(listed().slice(to, to + 4));
    const shared = body.children.filter((one) => before.get(one.dataset['symbol']) === one);
    expect(shared.length).toBe(4 - Math.abs(to - from));
  });

  it('grows and shrinks', () => {
    sheet.show(roster.listed(), { first: 0, end: 7 });
    expect(shown()).toEqual(listed());
    sheet.show([], { first: 0, end: 0 });
    expect(body.children).toEqual([]);
  });

  it('keeps its contracts when the columns change', () => {
    sheet.body(tableFields(['age'], true))(body as unknown as HTMLElement);
    expect(shown()).toEqual(listed().slice(0, 4));
    expect(body.children[0]?.children).toHaveLength(2);
  });
});

describe('a changed value', () => {
  beforeEach(() => {
    sheet.show(roster.listed(), { first: 0, end: 7 });
    roster.apply([change(CALL, { bid_price: 5_000 })], []);
    sheet.paint({ now: NOW, usd: false }, false);
  });

  it.each([
    [5_005, 'up'],
    [4_995, 'down'],
  ])('of %i is written and flashes %s for a moment', (bid, direction) => {
    roster.apply([change(CALL, { bid_price: bid })], []);
    sheet.paint({ now: NOW, usd: false }, true);
    expect(text(CALL)).toBe(bid === 5_005 ? '5,005' : '4,995');
    expect(cell(CALL).dataset['flash']).toBe(direction);
    expect(cell(PUT).dataset['flash']).toBeUndefined();
    vi.advanceTimersByTime(600);
    expect(cell(CALL).dataset['flash']).toBeUndefined();
  });

  it('does not flash where the user wants no motion', () => {
    calm = true;
    roster.apply([change(CALL, { bid_price: 6_000 })], []);
    sheet.paint({ now: NOW, usd: false }, true);
    expect(text(CALL)).toBe('6,000');
    expect(cell(CALL).dataset['flash']).toBeUndefined();
  });

  it('that goes is a dash', () => {
    roster.apply([change(CALL, { bid_price: null })], []);
    sheet.paint({ now: NOW, usd: false }, true);
    expect(text(CALL)).toBe('–');
    expect(cell(CALL).hasAttribute('data-absent')).toBe(true);
  });

  it('does not leave its flash to the contract that takes the row', () => {
    roster.apply([change(CALL, { bid_price: 7_000 })], []);
    sheet.paint({ now: NOW, usd: false }, true);
    const [first, ...others] = roster.listed();
    sheet.show(first === undefined ? [] : [...others, first], { first: 0, end: 7 });
    for (const one of body.children) for (const { dataset } of one.children) expect(dataset['flash']).toBeUndefined();
  });
});

it('ages go on while nothing else does', () => {
  roster.apply([change(CALL, { ts_received: NOW })], []);
  sheet.show(roster.listed(), { first: 0, end: 7 });
  sheet.paint({ now: (NOW + 5_000) as Millis, usd: false }, false);
  expect(text(CALL, BID + 1)).toBe('5 s');
  sheet.paint({ now: (NOW + 6_000) as Millis, usd: false }, false);
  expect(text(CALL, BID + 1)).toBe('6 s');
});

it('the marked contract and stale ones can be told', () => {
  sheet.show(roster.listed(), { first: 0, end: 7 });
  sheet.mark(PUT);
  roster.apply([change(CALL, { stale: true })], []);
  sheet.paint({ now: NOW, usd: false }, false);
  expect(row(PUT).attributes.get('aria-selected')).toBe('true');
  expect(row(CALL).attributes.get('aria-selected')).toBe('false');
  expect(row(CALL).hasAttribute('data-stale')).toBe(true);
});
