/**
 * Commands to a Redis server: through the application's client (ioredis, node-redis), or one of our own.
 *
 * Invariants: every command has a deadline; once one has passed, no other is sent until the client has answered or failed it, so that
 * nothing piles up in the client's queue.
 */
import { within } from '../deadline.ts';

/** ioredis. */
export interface CallClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** node-redis. */
export interface SendClient {
  sendCommand(args: string[]): Promise<unknown>;
}

export type RedisClient = CallClient | SendClient;

export class Commands {
  readonly #client: RedisClient | undefined;
  readonly #url: string;
  readonly #timeoutMs: number;
  #own: OwnClient | undefined;
  #late = 0;

  constructor(client: RedisClient | undefined, url: string, timeoutMs: number) {
    this.#client = client;
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /** Prefix that the client puts before keys by itself. */
  get keyPrefix(): string {
    const client: object = this.#client ?? {};
    const options = 'options' in client ? client.options : undefined;
    const prefix =
      typeof options === 'object' && options !== null && 'keyPrefix' in options
        ? options.keyPrefix
        : undefined;
    return typeof prefix === 'string' ? prefix : '';
  }

  /** The reply, with bytes and verbatim strings as texts. Rejects with the server's error or after the deadline. */
  async run(signal: AbortSignal, ...command: [string, ...string[]]): Promise<unknown> {
    if (this.#late > 0) throw new Error('the last command has not been answered yet');
    const reply = this.#send(command);
    let state: 'waiting' | 'settled' | 'late' = 'waiting';
    const settle = (): void => {
      if (state === 'late') this.#late--;
      state = 'settled';
    };
    reply.then(settle, settle);
    try {
      return plain(await within(reply, this.#timeoutMs, signal, 'Redis does not answer'));
    } finally {
      if (state === 'waiting') {
        state = 'late';
        this.#late++;
      }
    }
  }

  async #send(command: [string, ...string[]]): Promise<unknown> {
    const client = this.#client ?? (await this.#ownClient());
    if ('call' in client) return client.call(...command);
    return client.sendCommand(command);
  }

  async #ownClient(): Promise<CallClient> {
    if (this.#own === undefined || this.#own.ended()) {
      this.#own = await connect(this.#url, this.#timeoutMs);
    }
    return this.#own;
  }

  close(): void {
    this.#own?.close();
    this.#own = undefined;
  }
}

interface OwnClient extends CallClient {
  ended(): boolean;
  close(): void;
}

async function connect(url: string, timeoutMs: number): Promise<OwnClient> {
  const { Redis } = await loadClient();
  const client = new Redis(url, {
    lazyConnect: true,
    connectionName: 'sightline-agent',
    connectTimeout: timeoutMs,
    // The coordinator tries again; nothing may wait in a queue.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason: unknown;
  // Without a listener a lost connection would be printed.
  client.on('error', (error) => {
    reason = error;
  });
  await client.connect().catch((error: unknown) => {
    client.disconnect();
    // `Connection is closed` says less than why.
    throw reason ?? error;
  });
  // An idle connection must not keep the application from ending.
  client.stream.unref();
  return {
    call: (command, ...args) => client.call(command, ...args),
    ended: () => client.status !== 'ready',
    close: () => client.disconnect(),
  };
}

async function loadClient(): Promise<Pick<typeof import('ioredis'), 'Redis'>> {
  try {
    return await import('ioredis');
  } catch (cause) {
    const what = 'RedisSource with a url needs the package ioredis: npm install ioredis';
    throw new Error(`${what}, or give it the application's client`, { cause });
  }
}

/** Whether the server answered, with an error: `ERR …`, `NOPERM …`. Both clients give their errors such a message. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z]{2,20} /.test(error.message);
}

function plain(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(plain);
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  return reply instanceof String ? String(reply) : reply;
}
