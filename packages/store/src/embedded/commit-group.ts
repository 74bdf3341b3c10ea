/**
 * Group commit: everything appended in one turn of the event loop is journalled by one write.
 *
 * Model: `wait` hands out a promise for the open group and schedules its commit; the commit writes the journal's buffer and settles
 * the group when the journal says that it is durable. What was appended may be seen by others when its frame is written (`onWritten`).
 * After a failed write the store refuses for `PAUSE_MS`, so that a full disk is not hammered; the next append after that tries again.
 */
import { StoreUnavailableError } from '../store.ts';
import type { JournalWriter } from './journal-writer.ts';

const MAX_GROUP_BYTES = 4 * 1024 * 1024;
const PAUSE_MS = 1000;

interface Waiter {
  resolve(result: 'stored'): void;
  reject(error: Error): void;
}

export class CommitGroup {
  readonly #journal: JournalWriter;
  readonly #onWritten: () => void;
  readonly #onFailure: () => void;
  #waiters: Waiter[] = [];
  #scheduled = false;
  #refuseUntil = 0;
  #problem = '';

  /**
   * `onWritten` runs when a frame stands in the journal, before anybody is told; `onFailure` when one was dropped: what it defined
   * must be defined again, and what it held is not stored.
   */
  constructor(journal: JournalWriter, onWritten: () => void, onFailure: () => void) {
    this.#journal = journal;
    this.#onWritten = onWritten;
    this.#onFailure = onFailure;
  }

  /** Why appends are refused at the moment, or ''. */
  get refusal(): string {
    return performance.now() < this.#refuseUntil ? this.#problem : '';
  }

  /** A promise for the open group. */
  wait(): Promise<'stored'> {
    const done = new Promise<'stored'>((resolve, reject) =>
      this.#waiters.push({ resolve, reject }),
    );
    if (this.#journal.pendingBytes > MAX_GROUP_BYTES) this.commit();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.commit());
    }
    return done;
  }

  /** Commits the open group now. */
  commit(): void {
    this.#scheduled = false;
    const group = this.#waiters;
    this.#waiters = [];
    if (group.length === 0 && this.#journal.pendingBytes === 0) return;
    try {
      this.#journal.commit(() => {
        for (const waiter of group) waiter.resolve('stored');
      });
      this.#onWritten();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#problem = `the journal cannot be written: ${why}`;
      this.#refuseUntil = performance.now() + PAUSE_MS;
      this.#onFailure();
      const unavailable = new StoreUnavailableError(this.#problem, { cause: error });
      for (const waiter of group) waiter.reject(unavailable);
    }
  }
}
