/**
 * Lines of the live tail, the newest first.
 *
 * Bounds: `maxLines` in memory; the oldest leave. While paused the list stands still, and what arrives waits within the same bound.
 * Lines that the server left out because the reader was too slow, and lines that left the waiting room unseen, are counted as dropped.
 */
import type { LogLine } from '../api/loki.ts';

export class TailBuffer {
  static readonly maxLines = 5000;
  lines: readonly LogLine[] = [];
  paused = false;
  dropped = 0;
  received = 0;
  version = 0;
  /** In order of arrival. */
  #waiting: LogLine[] = [];
  readonly #listeners = new Set<() => void>();

  #changed = false;

  /** Lines that wait for the end of the pause. */
  get waiting(): number {
    return this.#waiting.length;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  push(lines: readonly LogLine[], dropped: number): void {
    this.received += lines.length;
    this.dropped += dropped;
    if (lines.length > 0 || dropped > 0) this.#changed = true;
    for (const line of lines) this.#waiting.push(line);
    const over = this.#waiting.length - TailBuffer.maxLines;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.dropped += over;
    }
  }

  /** Puts lines from before the tail below it; what the tail has brought meanwhile is not repeated. */
  seed(lines: readonly LogLine[]): void {
    const oldest = [...this.lines, ...this.#waiting].reduce(
      (least, { ns }) => (least === '' || ns < least ? ns : least),
      '',
    );
    const before = lines.filter(({ ns }) => oldest === '' || ns < oldest);
    this.lines = [...this.lines, ...before].slice(0, TailBuffer.maxLines);
    this.#changed = true;
  }

  /** Shows what waits, unless paused; called once a frame at most. */
  show(): void {
    if (!this.#changed) return;
    this.#changed = false;
    if (!this.paused && this.#waiting.length > 0) {
      const fresh = this.#waiting.sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0));
      this.#waiting = [];
      this.lines = [...fresh, ...this.lines].slice(0, TailBuffer.maxLines);
    }
    this.version += 1;
    for (const listener of this.#listeners) listener();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.#changed = true;
    this.show();
  }

  clear(): void {
    this.lines = [];
    this.#waiting = [];
    this.dropped = 0;
    this.received = 0;
    this.#changed = true;
    this.show();
  }
}
