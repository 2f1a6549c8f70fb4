import { describe, expect, it } from 'vitest';
import { surfaceOf, termStructureOf } from '../../../src/net/analytics';
import { parseObject, ProtocolError } from '../../../src/net/checks';
import { ANSWERS, GAMMA, GREEKS, HISTORY, INDEX, INTEREST, PAIN, RANK, REALISED, SKEW, SMILE, SURFACE, TERM } from '../analytics';
import surface from '../../../../tests/data/api/surface.json?raw';
import term from '../../../../tests/data/api/term_structure.json?raw';

describe('answers of the analytics', () => {
  it('are read as the server sends them', () => {
    expect(SMILE.points.length).toBeGreaterThan(4);
    expect(SMILE.curve?.svi?.rho).toBeLessThan(0);
    expect(SKEW.data[0]?.delta_25?.risk_reversal).toBeLessThan(0);
    expect(INDEX.value).toBeGreaterThan(10);
    expect(RANK.atm_iv_30d.look_back_days).toBe(12);
    expect(REALISED.data.map((window) => window.days)).toEqual([7, 14, 30, 60, 90, 180]);
    expect(HISTORY.step_s).toBe(3_600);
    expect(INTEREST.strikes).toHaveLength(7);
    expect(PAIN.data[0]?.curve).toHaveLength(6);
    expect(GAMMA.convention.assumption).toContain('dealers');
    expect(GREEKS.net.delta).not.toBeNull();
  });

  it.each(ANSWERS)('%s: read under its own names, and unchanged', (_, sent, read) => {
    expect(JSON.parse(sent)).toMatchObject(read);
  });

  it('keep what is absent as null', () => {
    expect(INTEREST.strikes[0]?.put_volume_24h).toBeNull();
    expect(SURFACE.curves[0]?.svi).toBeNull();
    expect(HISTORY.data[1]?.value).toBeNull();
  });

  it('may lack what an older server does not tell', () => {
    const { previous: _, ...rest } = parseObject(term);
    expect(termStructureOf(rest).previous).toBeNull();
    expect(TERM.previous?.tenors).toHaveLength(6);
  });

  it('are refused where a field is of the wrong kind, and the field is named', () => {
    const wrong = { ...parseObject(surface), moneyness: ['1.0'] };
    expect(() => surfaceOf(wrong)).toThrow(ProtocolError);
    expect(() => surfaceOf(wrong)).toThrow('answer.moneyness');
  });
});
