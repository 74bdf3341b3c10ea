/**
 * The lines of one query over one span, loaded page by page in the order of the list.
 *
 * Model: the next page begins where the last one ended. Several lines may share the nanosecond at the border, so the next page asks
 * for that nanosecond again and as many lines as are known of it are passed over. When a whole page lies in one
 * nanosecond, the page grows; when it cannot grow any more, the rest of that nanosecond is passed over.
 *
 * Invariants: `lines` only grows; one request at a time; nothing is asked after `stop`.
 */
import type { Direction, LinesRequest, LogLine, NsSpan } from '../api/loki.ts';
import { FieldStats } from './field-stats.ts';

/** The first page is small, so that something is there at once. */
const firstPage = 500;
/** Loki's own limit of lines in one answer. */
const fullPage = 5000;
/** Lines whose fields are counted in one go. */
const slice = 500;
/** A list of more is not kept in a browser. */
export const maxLines = 1_000_000;

export type FetchLines = (request: LinesRequest, signal: AbortSignal) => Promise<LogLine[]>;

export interface PagerQuestion extends NsSpan {
  readonly query: string;
  readonly direction: Direction;
}

export type PagerState = 'loading' | 'more' | 'done' | 'full' | 'failed';

export class LinePager {
  readonly lines: LogLine[] = [];
  readonly stats = new FieldStats();
  readonly question: PagerQuestion;
  error: Error | undefined;
  state: PagerState = 'more';
  /** Counts changes: what `useSyncExternalStore` compares. */
  version = 0;
  readonly #fetch: FetchLines;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #limit = firstPage;
  /** Where the next page begins, and how many lines of that nanosecond are known. */
  #border: string | undefined;
  #known = 0;

  constructor(question: PagerQuestion, fetch: FetchLines) {
    this.question = question;
    this.#fetch = fetch;
  }

  /** True until the first page is there or has failed. */
  get isEmptyYet(): boolean {
    return this.lines.length === 0 && (this.state === 'loading' || this.state === 'more');
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  stop(): void {
    this.#stop.abort();
  }

  /** Loads the next page unless one is on its way or there is none; after a failure it asks again. */
  async more(): Promise<void> {
    if (this.state !== 'more' && this.state !== 'failed') return;
    if (this.#stop.signal.aborted) return;
    this.#change('loading');
    try {
      const limit = this.#limit;
      const page = await this.#fetch(this.#request(limit), this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#take(page, limit);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.error = error instanceof Error ? error : new Error(String(error));
      this.#change('failed');
    }
  }

  /** In slices, so that a page never holds up the reader's scrolling. */
  async #count(lines: readonly LogLine[]): Promise<void> {
    for (let at = 0; at < lines.length; at += slice) {
      if (at > 0) await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#stop.signal.aborted) return;
      this.stats.add(lines.slice(at, at + slice));
    }
    this.#notify();
  }

  #change(state: PagerState): void {
    this.state = state;
    if (state !== 'failed') this.error = undefined;
    this.#notify();
  }

  #notify(): void {
    this.version += 1;
    for (const listener of this.#listeners) listener();
  }

  #request(limit: number): LinesRequest {
    const { query, direction, startNs, endNs } = this.question;
    if (this.#border === undefined) return { query, direction, startNs, endNs, limit };
    // `end` is exclusive, and the border is asked for once more.
    return direction === 'backward'
      ? { query, direction, startNs, endNs: afterNs(this.#border), limit }
      : { query, direction, startNs: this.#border, endNs, limit };
  }

  #take(page: readonly LogLine[], limit: number): void {
    const last = page.at(-1)?.ns;
    const known = this.#border === undefined ? 0 : countOf(page, this.#border, this.#known);
    const fresh = page.slice(known, known + maxLines - this.lines.length);
    for (const line of fresh) this.lines.push(line);
    this.#count(fresh);
    this.#limit = fullPage;
    if (page.length < limit || last === undefined) {
      this.#change('done');
      return;
    }
    if (this.lines.length >= maxLines) {
      this.#change('full');
      return;
    }
    if (fresh.length === 0 && limit === fullPage) {
      this.#border = this.question.direction === 'backward' ? beforeNs(last) : afterNs(last);
      this.#known = 0;
    } else {
      this.#known = page.reduce((count, { ns }) => count + Number(ns === last), 0);
      this.#border = last;
    }
    this.#change('more');
  }
}

/** How many lines at the head of the page are of that nanosecond and known. */
function countOf(page: readonly LogLine[], ns: string, known: number): number {
  let count = 0;
  while (count < known && page[count]?.ns === ns) count += 1;
  return count;
}

function afterNs(ns: string): string {
  return (BigInt(ns) + 1n).toString();
}

function beforeNs(ns: string): string {
  return (BigInt(ns) - 1n).toString();
}
