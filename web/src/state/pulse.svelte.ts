import type { Millis } from '../format/units';
import type { Fields } from '../net/checks';
import { newestAge } from '../net/rest';
import type { ChannelMessage } from '../net/protocol';
import type { Follower } from './channels';

/** The running system, as the status channel tells once a second. */
export class Pulse implements Follower {
  /** The whole object of the channel; `null` before the first. */
  status: Fields | null = $state.raw(null);
  /** When the server made it. */
  at: Millis | null = $state.raw(null);
  /** When the newest data of the exchange came to the server; `null` while no connection has brought any. */
  newest: Millis | null = $state.raw(null);

  take(message: ChannelMessage): boolean {
    if (message.type !== 'whole') return true;
    const age = newestAge(message.data['connections']);
    this.status = message.data;
    this.at = message.ts;
    this.newest = age === null ? this.newest : ((message.ts - age * 1_000) as Millis);
    return true;
  }

  /** Every message is whole, so none depends on the one before. */
  distrust(): void {}
}
