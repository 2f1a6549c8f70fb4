import { count, share } from '../format/amount';
import { type SystemStatus, totalOf } from './system';

export type Tone = 'good' | 'warning' | 'problem' | 'waiting';

/** How the system is, in a sentence, with what else is to be said. */
export interface Verdict {
  readonly tone: Tone;
  readonly text: string;
  readonly details: readonly string[];
}

/** A reason of the server as a sentence of its own. */
function sentence(reason: string): string {
  const text = reason.trim();
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** "BTC 20, ETH 2": where contracts are missing, most first. */
function missingBy(status: SystemStatus): string {
  return status.coins
    .map((one) => ({ coin: one.coin, missing: one.listed - one.seen }))
    .filter((one) => one.missing > 0)
    .sort((one, other) => other.missing - one.missing)
    .map((one) => `${one.coin} ${count(one.missing)}`)
    .join(', ');
}

function coverage(status: SystemStatus): { text: string; complete: boolean } {
  const { listed } = status.contracts;
  if (listed === 0) return { text: 'No contract is listed yet.', complete: false };
  const within = `within ${count(status.seenWithin)} s`;
  const found = totalOf(status).seen;
  if (found >= listed) return { text: `All ${count(listed)} listed contracts seen ${within}.`, complete: true };
  const where = missingBy(status);
  const missing = `${count(listed - found)} missing${where === '' ? '' : ` (${where})`}`;
  return { text: `${count(found)} of ${count(listed)} listed contracts seen ${within}; ${missing}.`, complete: false };
}

/** The sentence above everything else on the page. */
export function verdictOf(status: SystemStatus | null): Verdict {
  if (status === null) {
    return { tone: 'waiting', text: 'No status has come from the voltape server yet.', details: [] };
  }
  const { health, contracts } = status;
  const proof = coverage(status);
  const lanes =
    contracts.listed === 0
      ? []
      : [
          `${count(contracts.live)} live, ${count(contracts.polled)} polled, ${count(contracts.stale)} stale; ` +
            `live are ${share(status.coverage.volume)} of the volume ` +
            `and ${share(status.coverage.openInterest)} of the open interest.`,
        ];
  const reasons = [...health.reasons, ...health.degraded].map(sentence);
  if (!health.ready) return { tone: 'problem', text: 'Data does not flow.', details: [...reasons, proof.text, ...lanes] };
  const tone = proof.complete && health.degraded.length === 0 ? 'good' : 'warning';
  return { tone, text: proof.text, details: [...reasons, ...lanes] };
}
