import type { Millis } from '../format/units';
import { type Fields, listOf, numberOf, objectOf, optionalNumber, textOf } from './checks';

/** Time in which data may have been missed. */
export interface RecordedGap {
  /** Where: "connection c1", "underlying SOL", "trades BTC", or "voltape" while nobody tracked. */
  readonly scope: string;
  readonly startedAt: Millis;
  /** Absent while it lasts. */
  readonly endedAt: Millis | null;
  readonly cause: string;
}

/** The gaps of the answer of `/gaps`, newest first. */
export function gapsOf(answer: Fields): readonly RecordedGap[] {
  return listOf(answer['data'], 'data').map((entry) => {
    const gap = objectOf(entry, 'gap');
    return {
      scope: textOf(gap['scope'], 'scope'),
      startedAt: numberOf(gap['ts_started'], 'ts_started') as Millis,
      endedAt: optionalNumber(gap['ts_ended'], 'ts_ended') as Millis | null,
      cause: textOf(gap['cause'], 'cause'),
    };
  });
}
