import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Book } from '../../../../src/model/book';
import type { Millis } from '../../../../src/format/units';
import { columnsOf, type ColumnKey } from '../../../../src/model/columns';
import { Painter } from '../../../../src/views/chain/painter';
import { CALL, change, exampleSnapshot, FAR_PUT, PUT } from '../../examples';

/** As much of an element as the painter touches. */
class FakeCell {
  readonly dataset: Record<string, string> = {};
  readonly attributes = new Set<string>();
  readonly properties: Record<string, string> = {};
  readonly style = { setProperty: (name: string, value: string) => void (this.properties[name] = value) };

  replaceChildren(): void {
    // The text node is kept by the test.
  }

  toggleAttribute(name: string, on: boolean): void {
    if (on) this.attributes.add(name);
    else this.attributes.delete(name);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
}

let book: Book;
let painter: Painter;
let calm: boolean;
let texts: { data: string }[];

beforeEach(() => {
  vi.useFakeTimers();
  texts = [];
  vi.stubGlobal('document', {
    createTextNode: (data: string) => {
      const made = { data };
      texts.push(made);
      return made;
    },
  });
  calm = false;
  book = new Book();
  book.replace(exampleSnapshot().data);
  painter = new Painter(book, () => calm);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function attach(symbol: string | null, key: ColumnKey): { cell: FakeCell; text: () => string; detach: () => void } {
  const cell = new FakeCell();
  const [column] = columnsOf([key]);
  if (column === undefined) throw new Error(`no column ${key}`);
  const detach = painter.cell(symbol, column)(cell as unknown as HTMLElement);
  const made = texts.at(-1);
  return { cell, text: () => made?.data ?? '', detach: () => detach?.() };
}

function apply(symbol: string, fields: Record<string, unknown>, flash = true): void {
  book.apply([change(symbol, fields)], []);
  painter.paint({ symbols: new Set([symbol]), flash });
}

describe('Painter', () => {
  it('writes a value as soon as its cell appears', () => {
    expect(attach(CALL, 'bid_price').text()).toBe('8,745');
    expect(attach(FAR_PUT, 'bid_price').text()).toBe('–');
    expect(attach(null, 'bid_price').text()).toBe('');
  });

  it('marks absent and stale values', () => {
    const { cell } = attach(FAR_PUT, 'bid_price');
    expect([...cell.attributes].sort()).toEqual(['data-absent', 'data-stale']);
    apply(FAR_PUT, { bid_price: 5, stale: false });
    expect(cell.attributes.size).toBe(0);
  });

  it('flashes the direction of a change and stops within 600 ms', () => {
    const { cell, text } = attach(CALL, 'bid_price');
    apply(CALL, { bid_price: 8750 });
    expect([text(), cell.dataset['flash']]).toEqual(['8,750', 'up']);
    apply(CALL, { bid_price: 8740 });
    expect(cell.dataset['flash']).toBe('down');
    vi.advanceTimersByTime(600);
    expect(cell.dataset['flash']).toBeUndefined();
  });

  it('touches only cells whose text changed', () => {
    const bid = attach(CALL, 'bid_price');
    const ask = attach(CALL, 'ask_price');
    const other = attach(PUT, 'bid_price');
    apply(CALL, { bid_price: 8750 });
    expect([bid.cell.dataset['flash'], ask.cell.dataset['flash'], other.cell.dataset['flash']]).toEqual([
      'up',
      undefined,
      undefined,
    ]);
  });

  it('does not flash a snapshot, a value that appears, a calm column or for reduced motion', () => {
    const bid = attach(CALL, 'bid_price');
    const mark = attach(CALL, 'mark_price');
    const absent = attach(FAR_PUT, 'bid_price');
    apply(CALL, { bid_price: 8750 }, false);
    apply(FAR_PUT, { bid_price: 5 });
    apply(CALL, { mark_price: 1 });
    calm = true;
    apply(CALL, { bid_price: 8760 });
    expect([bid.cell, mark.cell, absent.cell].map((cell) => cell.dataset['flash'])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(bid.text()).toBe('8,760');
  });

  it('shows a dash for a contract that left', () => {
    const { text } = attach(CALL, 'bid_price');
    book.apply([], [CALL]);
    painter.paint({ symbols: new Set([CALL]), flash: true });
    expect(text()).toBe('–');
  });

  it('compares amounts by bars, anew when the largest changes, leaves or comes', async () => {
    const call = attach(CALL, 'open_interest');
    const put = attach(PUT, 'open_interest');
    apply(CALL, { open_interest: 400 });
    apply(PUT, { open_interest: 100 });
    expect([call.cell.properties['--bar'], put.cell.properties['--bar']]).toEqual(['100%', '25%']);
    apply(PUT, { open_interest: null });
    expect(put.cell.properties['--bar']).toBe('0%');
    apply(PUT, { open_interest: 800 });
    expect([call.cell.properties['--bar'], put.cell.properties['--bar']]).toEqual(['50%', '100%']);
    put.detach();
    await Promise.resolve();
    expect(call.cell.properties['--bar']).toBe('100%');
  });

  it('does not compare volume with open interest', () => {
    const interest = attach(CALL, 'open_interest');
    const volume = attach(CALL, 'volume_24h');
    apply(CALL, { open_interest: 400, volume_24h: 1 });
    expect([interest.cell.properties['--bar'], volume.cell.properties['--bar']]).toEqual(['100%', '100%']);
  });

  it('writes amounts in US dollars and back', () => {
    const { text, cell } = attach(CALL, 'open_interest');
    const coins = text();
    painter.inDollars(true);
    expect(text()).toMatch(/M$/);
    painter.inDollars(false);
    expect(text()).toBe(coins);
    expect(cell.dataset['flash']).toBeUndefined();
  });

  it('lets ages grow with the time alone', () => {
    apply(CALL, { ts_received: 1_000 });
    const { text } = attach(CALL, 'age');
    expect(text()).toBe('–');
    painter.tick(4_000 as Millis);
    expect(text()).toBe('3 s');
    painter.tick(65_000 as Millis);
    expect(text()).toBe('64 s');
  });

  it('tells beside the strike how old a stale contract is, and nothing of a fresh one', () => {
    apply(CALL, { ts_received: 1_000, stale: false });
    const node = new FakeCell();
    painter.staleAge(CALL)(node as unknown as HTMLElement);
    const mark = texts.at(-1);
    painter.tick(61_000 as Millis);
    expect(mark?.data).toBe('');
    apply(CALL, { stale: true });
    expect(mark?.data).toBe('1m');
    apply(CALL, { stale: false });
    expect(mark?.data).toBe('');
  });

  it('forgets a cell that is gone', () => {
    const gone = attach(CALL, 'bid_price');
    const kept = attach(CALL, 'bid_price');
    apply(CALL, { bid_price: 8750 });
    gone.detach();
    expect(gone.cell.dataset['flash']).toBeUndefined();
    apply(CALL, { bid_price: 8760 });
    expect([gone.text(), kept.text()]).toEqual(['8,750', '8,760']);
  });
});
