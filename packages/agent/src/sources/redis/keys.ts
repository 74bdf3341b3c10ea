/**
 * How keys and memory are distributed, from a sample.
 *
 * Model: a few small SCAN steps a collection go round the whole database; a cursor visits keys in the order of their hashes, which is random
 * to their names, so each step is a sample. What a key takes and how much it is used is asked key by key. Numbers are of the round under way and the
 * one before it, and scaled up by the number of keys. KEYS is never sent: it stops the server for as long as it takes.
 *
 * Invariants: at most `perCollection` keys and MAX_STEPS steps a collection; a round ends after MAX_ROUND keys; MAX_PREFIXES prefixes, the rest is
 * `other`; what is sent does not count as use of a key (TYPE, OBJECT and MEMORY USAGE do not touch), but as look-ups: see `lookups`.
 */

import type { AgentEvent } from '../../source.ts';
import type { Readings } from '../readings.ts';
import type { Reminders } from '../reminders.ts';
import { M } from './metrics.ts';

const SCAN_COUNT = 20;
const MAX_STEPS = 8;
const MAX_ROUND = 1000;
const MAX_PREFIXES = 30;
const MAX_NAME = 200;
const BIG_KEY_BYTES = 2 ** 20;
const HOT_KEYS = 5;
/** The counter of LFU starts at 5 and grows logarithmically (redis.conf, lfu-log-factor): 20 takes hundreds of hits a minute. */
const HOT_FREQUENCY = 20;
const IN_USE_SECONDS = 60;
const OTHER = 'other';

export type Run = (...command: [string, ...string[]]) => Promise<unknown>;

interface KeySample {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  /** With an LFU policy. */
  readonly frequency: number;
  readonly inUse: boolean;
}

export interface KeysOptions {
  readonly perCollection: number;
  readonly lfu: boolean;
  readonly keyPrefix: string;
}

export class KeySampler {
  #cursor = '0';
  #round: KeySample[] = [];
  #before: readonly KeySample[] = [];
  /** Look-ups that the server has counted as hits for what was asked here. */
  lookups = 0;

  /** Rejects when the server refuses a command. */
  async sample(run: Run, options: KeysOptions): Promise<void> {
    const names = await this.#names(run, options);
    const samples = await Promise.all(names.map((name) => this.#key(run, name, options)));
    this.#round.push(...samples.filter((sample) => sample !== undefined));
    if (this.#cursor !== '0' && this.#round.length < MAX_ROUND) return;
    this.#before = this.#round;
    this.#round = [];
  }

  async #names(run: Run, options: KeysOptions): Promise<string[]> {
    const names: string[] = [];
    for (let step = 0; step < MAX_STEPS && names.length < options.perCollection; step++) {
      const reply = await run('SCAN', this.#cursor, 'COUNT', String(SCAN_COUNT));
      const [cursor, keys] = Array.isArray(reply) ? reply : [];
      this.#cursor =
        typeof cursor === 'string' || typeof cursor === 'number' ? String(cursor) : '0';
      if (Array.isArray(keys)) names.push(...keys.filter((key) => typeof key === 'string'));
      if (this.#cursor === '0') break;
    }
    return names.slice(0, options.perCollection);
  }

  /** undefined when the key is gone, or the client does not let us at it. */
  async #key(run: Run, name: string, options: KeysOptions): Promise<KeySample | undefined> {
    if (!name.startsWith(options.keyPrefix)) return undefined;
    // The client puts its prefix before keys by itself.
    const key = name.slice(options.keyPrefix.length);
    const use = options.lfu ? 'FREQ' : 'IDLETIME';
    const [type, bytes, used] = await Promise.all([
      run('TYPE', key),
      run('MEMORY', 'USAGE', key, 'SAMPLES', '5'),
      run('OBJECT', use, key).catch(() => Number.NaN),
    ]);
    if (typeof type !== 'string' || type === 'none' || typeof bytes !== 'number') return undefined;
    this.lookups += 2;
    const measure = typeof used === 'number' ? used : Number.NaN;
    const inUse = options.lfu ? measure >= HOT_FREQUENCY : measure < IN_USE_SECONDS;
    return { name, type, bytes, frequency: options.lfu ? measure : Number.NaN, inUse };
  }

  /** `keys` is the number of keys of the database. */
  read(readings: Readings, keys: number): void {
    const all = [...this.#before, ...this.#round];
    if (all.length === 0) return;
    const each = keys / all.length;
    for (const [prefix, samples] of bounded(groupBy(all, ({ name }) => prefixOf(name)))) {
      const bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0);
      const inUse = samples.filter((sample) => sample.inUse).length;
      readings.add(M.prefixKeys, samples.length * each, prefix);
      readings.add(M.prefixMemory, bytes * each, prefix);
      readings.add(M.prefixActive, inUse / samples.length, prefix);
    }
    for (const [type, samples] of groupBy(all, (sample) => sample.type)) {
      readings.add(M.typeKeys, samples.length * each, type);
    }
  }

  /** Big and hot keys among the sampled ones, each told once a day. */
  tell(reminders: Reminders, emit: (event: AgentEvent) => void): void {
    const all = [...this.#round, ...this.#before];
    const hot = all.filter(({ frequency }) => frequency >= HOT_FREQUENCY);
    hot.sort((a, b) => b.frequency - a.frequency);
    for (const sample of hot.slice(0, HOT_KEYS)) {
      if (reminders.due(`hot ${sample.name}`)) emit(keyEvent('redis.hot_key', sample));
    }
    const big = all.filter(({ bytes }) => bytes >= BIG_KEY_BYTES);
    big.sort((a, b) => b.bytes - a.bytes);
    for (const sample of big.slice(0, HOT_KEYS)) {
      if (reminders.due(`big ${sample.name}`)) emit(keyEvent('redis.big_key', sample));
    }
  }
}

/** Up to the first separator, digits and what looks like an id left out: `cart:42` and `cart:43` are both `cart`. */
export function prefixOf(name: string): string {
  const [first = ''] = name.split(/[:/|.#-]/, 1);
  if (first === '' || first.length === name.length) return OTHER;
  // A name that begins with an id would be a prefix of its own for every key.
  return /^[0-9a-f]{8,}$|^\d+$/i.test(first) ? OTHER : first.slice(0, 64);
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** The largest groups; the others become one. */
function bounded<T>(groups: Map<string, T[]>): [string, T[]][] {
  const rest = groups.get(OTHER) ?? [];
  groups.delete(OTHER);
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  for (const [, group] of sorted.slice(MAX_PREFIXES)) rest.push(...group);
  const kept = sorted.slice(0, MAX_PREFIXES);
  return rest.length > 0 ? [...kept, [OTHER, rest]] : kept;
}

function keyEvent(name: 'redis.hot_key' | 'redis.big_key', sample: KeySample): AgentEvent {
  const key = sample.name.slice(0, MAX_NAME);
  const what =
    name === 'redis.hot_key'
      ? `is used very often (LFU counter ${sample.frequency} of 255)`
      : `takes ${Math.round(sample.bytes / 104857.6) / 10} MiB: commands on it hold the server up`;
  return {
    name,
    severity: name === 'redis.hot_key' ? 'info' : 'warn',
    message: `Key ${key} (${sample.type}) ${what}.`,
    attributes: {
      'db.system.name': 'redis',
      'redis.key': key,
      'redis.key.type': sample.type,
      'redis.key.size_bytes': sample.bytes,
      ...(Number.isNaN(sample.frequency) ? {} : { 'redis.key.frequency': sample.frequency }),
    },
  };
}
