import { age, expiryDate } from '../format/time';
import type { Millis } from '../format/units';
import type { Freshness } from '../model/freshness';
import type { Health } from './directory.svelte';

export interface Notice {
  readonly tone: 'info' | 'warning' | 'problem';
  readonly text: string;
}

/** What the sentences are chosen from. */
export interface Facts {
  readonly health: Health;
  readonly freshness: Freshness;
  readonly now: Millis;
  /** A time in the zone of the user's choice, with its name. */
  readonly time: (at: Millis) => string;
  /** When the newest data on screen arrived. */
  readonly lastGood: Millis | null;
  readonly underlying: string | null;
  /** Expiry on screen, and the one the address asks for where that is another. */
  readonly expiry: string | null;
  readonly wantedExpiry: string | null;
  readonly wantedIs: 'shown' | 'expired' | 'unlisted';
  /** True when the underlyings were read and the asked-for one is not among them. */
  readonly underlyingUnknown: boolean;
  readonly contracts: number;
  /** Age of the newest data over all connections to the exchange, s. */
  readonly exchangeAge: number | null;
}

const EXCHANGE_SILENT_S = 30;

function since(facts: Facts): string {
  if (facts.lastGood === null) return '';
  return ` Last data at ${facts.time(facts.lastGood)}, ${age(facts.now - facts.lastGood)} ago.`;
}

function connection(facts: Facts): Notice | null {
  if (facts.health === 'unauthorised') return null;
  if (facts.health === 'unreachable' && facts.freshness !== 'Live') {
    return {
      tone: 'problem',
      text: `The voltape server does not answer. This page keeps trying and recovers by itself.${since(facts)}`,
    };
  }
  if (facts.freshness === 'Disconnected') {
    const kept = facts.contracts > 0 ? ' Prices below are not updated.' : '';
    return {
      tone: 'problem',
      text: `Not connected: the live stream is interrupted and is being opened again.${kept}${since(facts)}`,
    };
  }
  return null;
}

function selection(facts: Facts): Notice | null {
  if (facts.underlyingUnknown) {
    return { tone: 'info', text: `${facts.underlying} is not tracked by this server. Choose another coin above.` };
  }
  if (facts.wantedExpiry === null) return null;
  const wanted = expiryDate(facts.wantedExpiry);
  if (facts.wantedIs === 'expired') {
    const shown = facts.expiry === null ? '' : ` Shown instead: ${expiryDate(facts.expiry)}.`;
    return { tone: 'info', text: `The options of ${wanted} have expired and were delivered.${shown}` };
  }
  if (facts.wantedIs === 'unlisted') {
    return {
      tone: 'info',
      text: `No ${facts.underlying} options of ${wanted} are listed. They appear here once they are; choose another expiry above.`,
    };
  }
  return null;
}

function data(facts: Facts): Notice | null {
  const silent = facts.exchangeAge === null || facts.exchangeAge > EXCHANGE_SILENT_S;
  if (facts.freshness === 'Stale') {
    const cause = silent
      ? 'voltape receives nothing from the exchange and keeps trying.'
      : 'The exchange has sent nothing new for these contracts.';
    return { tone: 'warning', text: `Prices are old. ${cause}${since(facts)}` };
  }
  const awaited = facts.wantedIs !== 'unlisted' && !facts.underlyingUnknown;
  if (facts.contracts === 0 && facts.health !== 'loading' && awaited) {
    const cause = silent ? ' voltape is waiting for the exchange.' : '';
    return { tone: 'info', text: `No data yet.${cause} Prices appear here as soon as the first ones arrive.` };
  }
  return null;
}

/** The sentences to show, most urgent first; each goes away by itself when its cause is gone. */
export function notices(facts: Facts): Notice[] {
  if (facts.health === 'unauthorised') return [];
  const link = connection(facts);
  const chosen = selection(facts);
  const state = link === null ? data(facts) : null;
  return [link, chosen, state].filter((notice) => notice !== null);
}
