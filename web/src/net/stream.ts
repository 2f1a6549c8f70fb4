import type { Link } from '../model/freshness';
import { Backoff } from './backoff';
import { ProtocolError } from './checks';
import { decode, encodeRequest, type ServerMessage } from './protocol';

/** Silence after which a connection counts as lost: three heartbeats. */
export const SILENCE_MS = 15_000;

const OPEN = 1;

/** The part of a browser's WebSocket that the stream uses. */
export interface Socket {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface StreamOptions {
  readonly connect: () => Socket;
  readonly onLink: (link: Link) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** A message that broke the protocol; the state of its channel can't be trusted any more. */
  readonly onBroken: (error: ProtocolError) => void;
  readonly backoff?: Backoff;
}

/**
 * Keeps one connection to the push stream and the channels wanted on it.
 *
 * Wanted channels outlive connections: each new one subscribes to all of them. A socket that was given up
 * can no longer report anything.
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  readonly #wanted = new Set<string>();
  #socket: Socket | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff();
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#open();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#retry);
    this.#abandon();
  }

  /** Tries again at once where a later attempt is scheduled; the network or the user came back. */
  hurry(): void {
    if (!this.#running || this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#open();
  }

  subscribe(channel: string): void {
    this.#wanted.add(channel);
    this.#send('subscribe', [channel]);
  }

  unsubscribe(channel: string): void {
    if (this.#wanted.delete(channel)) this.#send('unsubscribe', [channel]);
  }

  /** Asks again for the given channel, or for all: the server answers with a snapshot. */
  refresh(channel: string | null): void {
    if (channel === null) this.#send('subscribe', [...this.#wanted]);
    else if (this.#wanted.has(channel)) this.#send('subscribe', [channel]);
  }

  #send(op: 'subscribe' | 'unsubscribe', channels: readonly string[]): void {
    if (channels.length === 0 || this.#socket?.readyState !== OPEN) return;
    this.#socket.send(encodeRequest(op, channels));
  }

  #open(): void {
    const socket = this.#options.connect();
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#options.onLink('open');
      this.#send('subscribe', [...this.#wanted]);
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#receive(event.data);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
    this.#listen();
  }

  #receive(text: unknown): void {
    this.#listen();
    try {
      const message = decode(String(text));
      if ('channel' in message && message.type !== 'error' && message.type !== 'gap') this.#backoff.reset();
      this.#options.onMessage(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.onBroken(error);
    }
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE_MS);
  }

  #lost(): void {
    this.#abandon();
    this.#options.onLink('lost');
    this.#retry = setTimeout(() => this.#open(), this.#backoff.next());
  }

  #abandon(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
