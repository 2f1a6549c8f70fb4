import { describe, expect, it } from 'vitest';
import type { Millis } from '../../../../src/format/units';
import { columnsOf } from '../../../../src/model/columns';
import type { Ticker } from '../../../../src/model/ticker';
import { cellTitle } from '../../../../src/views/chain/title';
import { CALL, FAR_PUT, ticker } from '../../examples';

const NOW = 1_790_424_002_000 as Millis;

function title(of: Ticker): string {
  const [column] = columnsOf(['open_interest']);
  if (column === undefined) throw new Error('no such column');
  return cellTitle(of, column, NOW);
}

describe('cellTitle', () => {
  it('names the contract, gives the value in full and its age', () => {
    expect(title(ticker(CALL))).toBe(`${CALL}\nOI: 1,250.44\nreceived 2 s ago`);
  });

  it('tells that a contract is polled or stale', () => {
    expect(title(ticker(FAR_PUT))).toBe(`${FAR_PUT}\nOI: 0\nreceived 23 s ago, polled, stale`);
  });

  it('tells that there was no data', () => {
    const none = ticker(CALL, { open_interest: null, ts_received: null, ts_exchange: null });
    expect(title(none)).toBe(`${CALL}\nOI: –\nno data yet`);
  });
});
