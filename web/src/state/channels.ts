import type { ChannelMessage } from '../net/protocol';
import type { Stream } from '../net/stream';

/** Who makes something of a channel's messages. */
export interface Follower {
  /** False when data is missing and the channel must be asked for again. */
  take(message: ChannelMessage): boolean;
  /** The numbers no longer follow: what comes waits for the next snapshot, what is known stays. */
  distrust(): void;
}

/** The part of the stream that channels need. */
export type Wire = Pick<Stream, 'subscribe' | 'unsubscribe' | 'refresh'>;

/** Who follows which channel; a channel is subscribed to while somebody follows it. */
export class Channels {
  readonly #wire: Wire;
  readonly #followers = new Map<string, Set<Follower>>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Begins with a snapshot, also where others follow the channel already; the answer ends it. */
  follow(channel: string, follower: Follower): () => void {
    const others = this.#followers.get(channel);
    if (others === undefined) {
      this.#followers.set(channel, new Set([follower]));
      this.#wire.subscribe(channel);
    } else {
      others.add(follower);
      this.#wire.refresh(channel);
    }
    return () => this.#part(channel, follower);
  }

  deliver(message: ChannelMessage): void {
    for (const follower of this.#followers.get(message.channel) ?? []) {
      if (!follower.take(message)) this.ask(message.channel);
    }
  }

  /** Asks for the state of one channel, or of all, anew. */
  ask(channel: string | null): void {
    this.distrust(channel);
    this.#wire.refresh(channel);
  }

  /** No message of one channel, or of any, follows on what is known. */
  distrust(channel: string | null): void {
    const all = channel === null ? [...this.#followers.values()] : [this.#followers.get(channel) ?? []];
    for (const followers of all) for (const follower of followers) follower.distrust();
  }

  #part(channel: string, follower: Follower): void {
    const followers = this.#followers.get(channel);
    if (followers === undefined || !followers.delete(follower) || followers.size > 0) return;
    this.#followers.delete(channel);
    this.#wire.unsubscribe(channel);
  }
}
