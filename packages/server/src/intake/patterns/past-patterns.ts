/**
 * Patterns of before a restart: what was counted, without the tree that would take further lines in.
 *
 * Model: a pattern with the same text that is mined anew has its own counts; queries add both up. So nothing of the way in which lines are
 * cut into words has to be the same in both processes.
 *
 * Invariants: counts only go, within three hours all of them; what a file says is checked before it is believed.
 */
import { BUCKET_SECONDS, TimeCounts } from './time-counts.ts';

/** Buckets of all patterns that are written: about 8 bytes each. */
const MAX_SAVED_BUCKETS = 1_000_000;
/** An entry with its texts, about. */
const ENTRY_BYTES = 300;

export interface CountedPattern {
  readonly tenant: string;
  readonly service: string;
  readonly level: string;
  readonly text: string;
  readonly counts: TimeCounts;
}

/** `[tenant, service, level, text, [bucket, count, buckets since then, count, ...]]`. */
type SavedPattern = [string, string, string, string, number[]];

export class PastPatterns {
  #patterns: CountedPattern[] = [];
  /** What they take, about. */
  bytes = 0;

  get size(): number {
    return this.#patterns.length;
  }

  all(): readonly CountedPattern[] {
    return this.#patterns;
  }

  /** Takes what `savedPatterns` gave, as long as there is room; false when that is not what `saved` is. */
  load(saved: unknown, maxBytes: number, latestSeconds: number): boolean {
    if (!Array.isArray(saved)) return false;
    for (const one of saved) {
      const pattern = readPattern(one, latestSeconds);
      if (pattern === undefined) return false;
      const bytes = bytesOf(pattern);
      if (this.bytes + bytes > maxBytes) break;
      this.#patterns.push(pattern);
      this.bytes += bytes;
    }
    return true;
  }

  /** Lets patterns go that were not seen since the bucket. */
  forgetBefore(bucket: number): void {
    this.#patterns = this.#patterns.filter(({ counts }) => counts.newest >= bucket);
    this.bytes = this.#patterns.reduce((sum, pattern) => sum + bytesOf(pattern), 0);
  }

  clear(): void {
    this.#patterns = [];
    this.bytes = 0;
  }
}

function bytesOf({ text, counts }: CountedPattern): number {
  return ENTRY_BYTES + text.length * 2 + counts.bytes;
}

/** As JSON, those seen last first and no more than are worth it; counts of one text are added up. */
export function savedPatterns(patterns: Iterable<CountedPattern>): SavedPattern[] {
  const all = new Map<string, CountedPattern>();
  for (const pattern of patterns) {
    const { tenant, service, level, text, counts } = pattern;
    const key = JSON.stringify([tenant, service, level, text]);
    const known = all.get(key);
    if (known === undefined) all.set(key, pattern);
    else all.set(key, { ...pattern, counts: counts.plus(known.counts) });
  }
  const saved: SavedPattern[] = [];
  let left = MAX_SAVED_BUCKETS;
  for (const one of [...all.values()].sort((a, b) => b.counts.newest - a.counts.newest)) {
    const { tenant, service, level, text, counts } = one;
    left -= counts.size;
    if (left < 0) break;
    saved.push([tenant, service, level, text, counts.toNumbers()]);
  }
  return saved;
}

function readPattern(saved: unknown, latestSeconds: number): CountedPattern | undefined {
  if (!Array.isArray(saved)) return undefined;
  const [tenant, service, level, text, numbers] = saved;
  const isText = [tenant, service, level, text].every((part) => typeof part === 'string');
  if (!isText || !Array.isArray(numbers)) return undefined;
  const counts = new TimeCounts();
  let bucket = 0;
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    bucket += Number(numbers[i]);
    const count = Number(numbers[i + 1]);
    if (!Number.isSafeInteger(bucket) || bucket < 0 || !(count > 0)) return undefined;
    // The clock may have gone back since.
    if (bucket * BUCKET_SECONDS <= latestSeconds) counts.add(bucket, count);
  }
  return { tenant, service, level, text, counts };
}
