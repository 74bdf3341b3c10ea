/**
 * Appends that wait because the head is full.
 *
 * Model: a burst that is faster than the flush is slowed down instead of refused: an append waits until a segment is free, first come
 * first served, and then tries again. Bounded in number and time; past either, appends are refused and senders retry.
 */
const MAX_WAITING = 64;
const MAX_WAIT_MS = 5000;

export class RoomQueue {
  #waiting: (() => void)[] = [];
  #refuseUntil = 0;

  /** Whether one more may wait. After a wait that was in vain none may for as long. */
  get mayWait(): boolean {
    return this.#waiting.length < MAX_WAITING && performance.now() >= this.#refuseUntil;
  }

  /** Resolves when there may be room, or after MAX_WAIT_MS. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#refuseUntil = performance.now() + MAX_WAIT_MS;
        this.made();
      }, MAX_WAIT_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets all that wait try again, in their order. */
  made(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
