/**
 * What the application lets rules act on.
 *
 * Model: a dial is one number with declared bounds; a cache may have a dial (its lifetime) and may be cleared or warmed. Everything
 * is reached through functions of the application: they may be slow, throw, or give nonsense.
 *
 * Invariants: names are unique; a dial is only ever set within its bounds; at most MAX_CACHES caches and MAX_DIALS dials. Hits and misses
 * are totals: what counts is how they moved, once the cache is warm; a total that went back begins anew.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { CacheView, DialView } from './rule.ts';
import { LEAST_LOOKUPS, type Lookups, since, WarmUp } from './warm-up.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

type Done = void | Promise<void>;

export interface RegisteredCache {
  readonly name: string;
  /** Totals since the cache began. */
  hits(): number;
  misses(): number;
  /** Entries now. */
  size?(): number;
  clear?(): Done;
  /** How long an entry lives, ms. `setTtlMs` needs `getTtlMs` and `ttlMs`. */
  getTtlMs?(): number;
  setTtlMs?(ttlMs: number): Done;
  /** Bounds of the lifetime, ms. */
  readonly ttlMs?: Bounds;
  /** Fills the cache with what is asked most. */
  warm?(): Done;
  /** Route templates whose answers it holds, e.g. `/products/:id`. */
  readonly endpoints?: readonly string[];
  /** Lives outside of this process (in Redis, say): it is not cleared for the sake of this process' memory. */
  readonly shared?: boolean;
}

export interface RegisteredPool extends Bounds {
  readonly name: string;
  getSize(): number;
  setSize(size: number): Done;
}

/** A limit (of concurrency, of a rate, of a queue) or a sampling rate. */
export interface RegisteredDial extends Bounds {
  readonly name: string;
  get(): number;
  set(value: number): Done;
}

export interface Dial extends RegisteredDial {
  /** Values are rounded to whole ones. */
  readonly whole: boolean;
}

const MAX_CACHES = 64;
const MAX_DIALS = 256;
const NO_LOOKUPS: Lookups = { hits: 0, misses: 0 };

type Reader = 'rules' | 'vitals';

/** One cache, and where the windows of its readers began. */
class CacheEntry {
  readonly cache: RegisteredCache;
  readonly ttlDial: string | undefined;
  #warmUp: WarmUp;
  /** Undefined while it is cold. */
  #began: Record<Reader, Lookups> | undefined;

  constructor(cache: RegisteredCache, ttlDial: string | undefined) {
    this.cache = cache;
    this.ttlDial = ttlDial;
    this.#warmUp = new WarmUp(this.totals());
  }

  /** Zero when the cache does not tell. */
  totals(): Lookups {
    return { hits: total(() => this.cache.hits()), misses: total(() => this.cache.misses()) };
  }

  /** Undefined when the cache does not tell. */
  size(): number | undefined {
    return this.cache.size === undefined ? undefined : total(() => this.cache.size?.() ?? 0);
  }

  /** Since the reader's window began; none while the cache is cold. */
  window(reader: Reader, nowMs: number): Lookups {
    const now = this.totals();
    this.#began ??= this.#beginWarm(now, nowMs);
    return this.#began === undefined ? NO_LOOKUPS : since(this.#began[reader], now);
  }

  begin(reader: Reader): void {
    if (this.#began !== undefined) this.#began[reader] = this.totals();
  }

  /** It has been emptied. */
  cool(): void {
    this.#began = undefined;
    this.#warmUp = new WarmUp(this.totals());
  }

  #beginWarm(now: Lookups, nowMs: number): Record<Reader, Lookups> | undefined {
    const { cache } = this;
    const size = this.size();
    const ttlMs = total(() => cache.getTtlMs?.() ?? 0);
    const began = this.#warmUp.look({
      ...now,
      nowMs,
      ...(size === undefined ? {} : { size }),
      ...(ttlMs === 0 ? {} : { ttlMs }),
    });
    return began === undefined ? undefined : { rules: began, vitals: began };
  }
}

export class Registry {
  readonly #caches = new Map<string, CacheEntry>();
  readonly #dials = new Map<string, Dial>();
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** All four return a function that takes the registration back, and throw a TypeError when what they get cannot be used. */
  addCache(cache: RegisteredCache): () => void {
    checkName('cache', cache.name, this.#caches, MAX_CACHES);
    checkFunctions('cache', cache.name, { hits: cache.hits, misses: cache.misses });
    const dial = ttlDial(cache);
    const takeBack = dial === undefined ? undefined : this.addDial(dial);
    this.#caches.set(cache.name, new CacheEntry(cache, dial?.name));
    return () => {
      this.#caches.delete(cache.name);
      takeBack?.();
    };
  }

  addPool(pool: RegisteredPool): () => void {
    const { name, min, max } = pool;
    checkFunctions('pool', name, { getSize: pool.getSize, setSize: pool.setSize });
    return this.addDial({
      name: `pool.${name}.size`,
      min,
      max,
      whole: true,
      get: () => pool.getSize(),
      set: (size) => pool.setSize(size),
    });
  }

  addDial(dial: Dial): () => void {
    const { name, min, max } = dial;
    checkName('dial', name, this.#dials, MAX_DIALS);
    checkFunctions('dial', name, { get: dial.get, set: dial.set });
    if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
      throw new TypeError(`${name}: bounds need finite numbers min <= max, not ${min} and ${max}`);
    }
    this.#dials.set(name, dial);
    return () => this.#dials.delete(name);
  }

  cache(name: string): RegisteredCache | undefined {
    return this.#caches.get(name)?.cache;
  }

  /** Empties a cache; its hit rate is not told until it is warm again. */
  async clearCache(name: string): Promise<void> {
    const entry = this.#caches.get(name);
    await entry?.cache.clear?.();
    entry?.cool();
  }

  dial(name: string): Dial | undefined {
    return this.#dials.get(name);
  }

  /** As rules see them. A hit rate that is told begins a new window. */
  cacheViews(): CacheView[] {
    return [...this.#caches.values()].map((entry) => this.#view(entry));
  }

  /** Dials whose application tells their value. */
  dialViews(): DialView[] {
    return [...this.#dials.values()].map(dialView).filter((view) => view !== null);
  }

  /** Over all warm caches, 0 to 100, in a new window each time; undefined, and the window goes on, below LEAST_LOOKUPS lookups. */
  hitPct(): number | undefined {
    const sum = { hits: 0, misses: 0 };
    const nowMs = this.#clock.now();
    for (const entry of this.#caches.values()) {
      const { hits, misses } = entry.window('vitals', nowMs);
      sum.hits += hits;
      sum.misses += misses;
    }
    const pct = pctOf(sum);
    if (pct !== undefined) for (const entry of this.#caches.values()) entry.begin('vitals');
    return pct;
  }

  /** Totals and sizes as the applications tell them. */
  *cacheTotals(): Generator<{ name: string; hits: number; misses: number; size?: number }> {
    for (const entry of this.#caches.values()) {
      const size = entry.size();
      yield {
        name: entry.cache.name,
        ...entry.totals(),
        ...(size === undefined ? {} : { size }),
      };
    }
  }

  #view(entry: CacheEntry): CacheView {
    const { cache, ttlDial } = entry;
    const hitPct = pctOf(entry.window('rules', this.#clock.now()));
    if (hitPct !== undefined) entry.begin('rules');
    const dial = ttlDial === undefined ? undefined : this.#dials.get(ttlDial);
    const ttl = dial === undefined ? null : dialView(dial);
    return {
      name: cache.name,
      endpoints: cache.endpoints ?? [],
      shared: cache.shared ?? false,
      clearable: cache.clear !== undefined,
      warmable: cache.warm !== undefined,
      ...(hitPct === undefined ? {} : { hitPct }),
      ...(ttl === null ? {} : { ttl }),
    };
  }
}

/** A value that a dial takes: within its bounds, whole where it must be. */
export function withinBounds(dial: Dial, value: number): number {
  const clamped = Math.min(dial.max, Math.max(dial.min, value));
  return dial.whole ? Math.round(clamped) : clamped;
}

/** The present value of a dial; null when the application throws or tells no number. */
export function dialValue(dial: Dial): number | null {
  try {
    const value = dial.get();
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

function dialView(dial: Dial): DialView | null {
  const value = dialValue(dial);
  return value === null ? null : { name: dial.name, value, min: dial.min, max: dial.max };
}

function ttlDial(cache: RegisteredCache): Dial | undefined {
  const { name, getTtlMs, setTtlMs, ttlMs } = cache;
  if (setTtlMs === undefined) return undefined;
  if (getTtlMs === undefined || ttlMs === undefined) {
    throw new TypeError(
      `cache ${name}: setTtlMs needs getTtlMs and the bounds ttlMs: { min, max }`,
    );
  }
  return {
    name: `cache.${name}.ttl_ms`,
    min: ttlMs.min,
    max: ttlMs.max,
    whole: true,
    get: () => getTtlMs.call(cache),
    set: (value) => setTtlMs.call(cache, value),
  };
}

function checkName(kind: string, name: unknown, known: Map<string, unknown>, most: number): void {
  if (typeof name !== 'string' || name === '') throw new TypeError(`a ${kind} needs a name`);
  if (known.has(name)) throw new TypeError(`${kind} ${name} is registered already`);
  if (known.size >= most) throw new TypeError(`${kind} ${name}: there are ${most} already`);
}

function checkFunctions(kind: string, name: string, members: Record<string, unknown>): void {
  for (const [member, value] of Object.entries(members)) {
    if (typeof value !== 'function') throw new TypeError(`${kind} ${name} needs ${member}()`);
  }
}

function total(read: () => number): number {
  try {
    const value = read();
    return Number.isFinite(value) && value > 0 ? value : 0;
  } catch {
    return 0;
  }
}

function pctOf({ hits, misses }: Lookups): number | undefined {
  const lookups = hits + misses;
  return lookups < LEAST_LOOKUPS ? undefined : (hits / lookups) * 100;
}
