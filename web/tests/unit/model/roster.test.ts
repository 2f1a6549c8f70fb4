import { describe, expect, it } from 'vitest';
import { Roster } from '../../../src/model/roster';
import { CALL, change, exampleSnapshot, PUT, ticker } from '../examples';
import { exampleRoster } from '../roster';

describe('a snapshot', () => {
  it('lists contracts by expiry, strike, settle coin, calls first', () => {
    const symbols = exampleRoster().listed().map((one) => one.ticker.symbol);
    expect(symbols).toHaveLength(7);
    expect(symbols.indexOf(CALL)).toBe(symbols.indexOf(PUT) - 1);
    expect(exampleRoster().listed().map((one) => one.ticker.strike)).toEqual(
      exampleRoster().listed().map((one) => one.ticker.strike).toSorted((a, b) => a - b),
    );
  });

  it('drops contracts that it no longer has, and keeps those that it has', () => {
    const roster = exampleRoster();
    const before = roster.get(CALL);
    roster.replace('BTC', [ticker(CALL)]);
    expect(roster.size).toBe(1);
    expect(roster.get(CALL)).toBe(before);
  });

  it('leaves the message as it was when values change later', () => {
    const { data } = exampleSnapshot();
    const roster = new Roster();
    roster.replace('BTC', data);
    roster.apply([change(CALL, { mark_price: 1 })], []);
    expect(data.find((one) => one.symbol === CALL)?.mark_price).not.toBe(1);
  });
});

describe('changes', () => {
  it('are merged in place and raise the version', () => {
    const roster = exampleRoster();
    const known = roster.get(CALL);
    const version = known?.version ?? -1;
    expect(roster.apply([change(CALL, { bid_price: 4321 })], [])).toBe(true);
    expect(known?.ticker.bid_price).toBe(4321);
    expect(known?.version).toBe(version + 1);
    expect(known?.ticker.strike).toBe(100_000);
  });

  it('keep the list, which another contract renews', () => {
    const roster = exampleRoster();
    const listed = roster.listed();
    roster.apply([change(CALL, { bid_price: 4321 })], []);
    expect(roster.listed()).toBe(listed);
    roster.apply([], [CALL]);
    expect(roster.listed()).toHaveLength(listed.length - 1);
  });

  it('of an unknown contract tell that data is missing', () => {
    expect(exampleRoster().apply([change('BTC-1JAN27-1-C-USDT', { bid_price: 1 })], [])).toBe(false);
  });
});

describe('scale', () => {
  it('follows the finest quote of the coin and stays the same object otherwise', () => {
    const roster = exampleRoster();
    const scale = roster.scale('BTC');
    roster.apply([change(CALL, { bid_price: 4321 })], []);
    expect(roster.scale('BTC')).toBe(scale);
    roster.apply([change(CALL, { bid_price: 4321.1234 })], []);
    expect(roster.scale('BTC').quote).toBe(4);
  });
});

it('forgets the contracts of a coin, and of no other', () => {
  const roster = exampleRoster();
  roster.drop('ETH');
  expect(roster.size).toBe(7);
  roster.drop('BTC');
  expect(roster.size).toBe(0);
});
