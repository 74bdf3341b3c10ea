/**
 * Sends the requests of one signal, one at a time and in order, and waits between attempts while the back end cannot take them.
 *
 * Invariants: at most one request is under way; while it waits no other is tried; a request that the back end refuses for good is
 * dropped and counted, and told once per status.
 */
import type { Timers } from '../clock.ts';
import { errorText } from '../error-text.ts';
import type { AgentLog } from '../log.ts';
import type { Chunk, ExportBuffer, Signal } from './buffer.ts';
import type { Answer, Post, PostTarget } from './post.ts';
import { retryWaitMs, verdictOf } from './retry.ts';

/** What is packed in a way that the back end does not know is answered so. */
const UNSUPPORTED_MEDIA = 415;

export interface SenderOptions {
  signal: Signal;
  target: PostTarget;
  buffer: ExportBuffer;
  post: Post;
  timers: Timers;
  log: AgentLog;
  /** From 0 to 1. */
  random?: () => number;
}

export class Sender {
  /** Requests and items (points, log records) by how they ended. */
  sentRequests = 0;
  sentItems = 0;
  sentBytes = 0;
  droppedItems = 0;
  /** Items that the back end refused in a request that it took. */
  refusedItems = 0;
  failedAttempts = 0;
  failuresInRow = 0;
  lastError = '';
  readonly #options: SenderOptions;
  #busy = false;
  #cancelWait: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #ending = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** There is something to send. */
  wake(): void {
    if (this.#busy || this.#cancelWait !== undefined) return;
    this.#run().catch((error: unknown) => {
      this.#options.log.warnOnce('own sending', `sending has failed: ${errorText(error)}`);
    });
  }

  /** Sends what there is without waiting between attempts; resolves when all is sent or an attempt has failed. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#ending = true;
      this.#cancelWait?.();
      this.#cancelWait = undefined;
      this.wake();
    });
  }

  async #run(): Promise<void> {
    const { buffer, signal } = this.#options;
    this.#busy = true;
    try {
      let chunk = buffer.next(signal);
      while (chunk !== undefined) {
        const waitMs = await this.#attempt(chunk);
        if (waitMs >= 0) {
          if (!this.#ending) this.#wait(waitMs);
          break;
        }
        chunk = buffer.next(signal);
      }
    } finally {
      this.#busy = false;
      this.#ending = false;
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** The time to wait before the same is tried again; below 0 when it is settled. */
  async #attempt(chunk: Chunk): Promise<number> {
    const { post, target, timers } = this.#options;
    const random = this.#options.random ?? Math.random;
    chunk.inFlight = true;
    let answer: Answer;
    try {
      answer = await post(target, chunk.body);
    } catch (error) {
      this.#failed(`${target.url.origin}: ${errorText(error)}`);
      return retryWaitMs(this.failuresInRow, undefined, timers.unixMs(), random());
    } finally {
      chunk.inFlight = false;
    }
    chunk.attempts++;
    const verdict = verdictOf(answer, chunk.attempts);
    if (verdict === 'retry') {
      this.#failed(`${target.url.href} answered ${answer.status}`);
      return retryWaitMs(this.failuresInRow, answer.retryAfter, timers.unixMs(), random());
    }
    if (verdict === 'sent') this.#sent(chunk, answer);
    else this.#dropped(chunk, answer);
    return -1;
  }

  #wait(ms: number): void {
    this.#cancelWait = this.#options.timers.after(ms, () => {
      this.#cancelWait = undefined;
      this.wake();
    });
  }

  #failed(error: string): void {
    this.failedAttempts++;
    this.failuresInRow++;
    this.lastError = error;
    const { signal, log } = this.#options;
    log.warnOnce(
      `${signal} unreachable`,
      `${signal} cannot be sent now and are kept (${error}); trying again`,
    );
  }

  #sent(chunk: Chunk, answer: Answer): void {
    const { buffer, log, signal } = this.#options;
    buffer.remove(chunk);
    this.sentRequests++;
    this.sentItems += chunk.items;
    this.sentBytes += chunk.body.length;
    if (this.failuresInRow > 0) {
      this.failuresInRow = 0;
      log.forget(`${signal} unreachable`);
      log.info(`${signal} are sent again`);
    }
    const refused = rejectedItems(answer.body);
    if (refused === 0) return;
    this.refusedItems += refused;
    log.warnOnce(
      `${signal} refused`,
      `the back end refused ${refused} of the ${signal} in a request`,
    );
  }

  #dropped(chunk: Chunk, answer: Answer): void {
    const { buffer, log, signal, target } = this.#options;
    buffer.remove(chunk);
    this.droppedItems += chunk.items;
    this.failuresInRow = 0;
    this.lastError = `${target.url.href} answered ${answer.status}`;
    const said = answer.body
      .toString('utf8', 0, 200)
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim();
    const packed = answer.status === UNSUPPORTED_MEDIA && 'content-encoding' in target.headers;
    const hint = packed ? `; where it does not take gzip, set the option compression: 'none'` : '';
    log.warnOnce(
      `${signal} ${answer.status}`,
      `${target.url.href} refuses ${signal} with ${answer.status}${said === '' ? '' : ` (${said})`}; they are dropped and counted${hint}`,
    );
  }
}

/**
 * `partial_success.rejected_*` of an answer: field 1 of field 1, a varint, in messages of metrics and of logs. 0 when there is none
 * or the body is something else.
 */
export function rejectedItems(body: Uint8Array): number {
  if (body[0] !== 0x0a || body[2] !== 0x08) return 0;
  let count = 0;
  for (let i = 3, scale = 1; i < body.length; i++, scale *= 128) {
    const byte = body[i] ?? 0;
    count += (byte & 127) * scale;
    if (byte < 128) return count;
  }
  return 0;
}
