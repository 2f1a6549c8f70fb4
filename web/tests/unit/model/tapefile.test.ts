import { expect, it } from 'vitest';
import { csvOf } from '../../../src/model/tapefile';
import { print } from '../trades';

it('writes a head and a row for each trade, with nothing for what is absent', () => {
  const [head, row, end] = csvOf([print({ ts_exchange: Date.UTC(2026, 10, 22, 18), mark_iv: null })]).split('\r\n');
  expect(head).toBe(
    'time,symbol,underlying,expiry,strike,kind,side,price,size,notional,iv,mark_price,mark_iv,index_price,block,id',
  );
  expect(row).toBe(
    '2026-11-22T18:00:00.000Z,BTC-26MAR27-135000-C-USDT,BTC,2027-03-26,135000,call,sell,5060,4,440000,0.47,5113.05,,110000,false,a1',
  );
  expect(end).toBe('');
});

it('quotes what would break a row, and lets no text become a formula', () => {
  const [, row = ''] = csvOf([print({ id: '=1,"2"' })]).split('\r\n');
  expect(row.endsWith(`,"'=1,""2"""`)).toBe(true);
});
