import { describe, expect, it } from 'vitest';
import { halfOf, sidesFor } from '../../../../src/views/chain/sides';

describe('sidesFor', () => {
  it('shows both where there is room and none is asked for', () => {
    expect(sidesFor(false, null, 'put')).toEqual({ call: true, put: true });
  });

  it('shows the chosen one where there is room for one', () => {
    expect(sidesFor(true, null, 'put')).toEqual({ call: false, put: true });
  });

  it('shows the one of the address before the chosen one', () => {
    expect(sidesFor(true, 'call', 'put')).toEqual({ call: true, put: false });
    expect(sidesFor(false, 'put', 'call')).toEqual({ call: false, put: true });
  });
});

describe('halfOf', () => {
  it('is the wanted half where it is on screen, else the other', () => {
    expect(halfOf({ call: true, put: true }, 'put')).toBe('put');
    expect(halfOf({ call: true, put: false }, 'put')).toBe('call');
  });
});
