/**
 * A Redis server, as INFO, the slow log and a sample of its keys tell about it.
 *
 * Model: PING and INFO are needed, or the collection fails; the slow log and the sample may be forbidden (ACL, managed servers): that is told once and
 * the rest goes on. Look-ups of the sample are taken off the hits, so that the hit rate is the application's.
 *
 * Invariant: nothing is sent that takes the server longer than a few microseconds, and at most some hundred commands a collection.
 */

import { type Clock, systemClock } from '../../clock.ts';
import { counted } from '../../counted.ts';
import { errorText } from '../../error-text.ts';
import type {
  AgentEvent,
  CollectContext,
  Metric,
  MonitoringSource,
  Priority,
} from '../../source.ts';
import type { Vitals } from '../../vitals.ts';
import { Readings } from '../readings.ts';
import { Reminders } from '../reminders.ts';
import { Commands, isReplyError, type RedisClient } from './client.ts';
import { type Info, numberOf, parseInfo, readInfo } from './info.ts';
import { KeySampler, type Run } from './keys.ts';
import { M } from './metrics.ts';
import { SlowLog, slowCommandEvent, slowLogCommand } from './slowlog.ts';

export interface RedisSourceOptions {
  /** The application's client: ioredis or node-redis. Either this or `url`. */
  client?: RedisClient;
  /** `redis://…`; the package `ioredis` must be installed. */
  url?: string;
  /** 60,000 by default. */
  intervalMs?: number;
  /** Tells several servers apart: in the source's id and the attribute `redis.instance`. */
  name?: string;
  /** A threshold for this server's memory, besides the agent's own for all (PERFORMANCE_REDIS_MEMORY_THRESHOLD). */
  memoryThresholdBytes?: number;
  /** Keys looked at a collection; 50 by default, 0 turns the sample off. */
  sampleKeys?: number;
  /** Limit for each command, in ms; 1000 by default. */
  timeoutMs?: number;
  clock?: Clock;
}

const MAX_SAMPLE_KEYS = 1000;
/** The state ends when memory is this far below the threshold, so that it does not flap. */
const BACK = 0.95;
/** Part of maxmemory from which on writes are about to fail or evict. */
const NEAR_LIMIT = 0.9;

export class RedisSource implements MonitoringSource {
  readonly id: string;
  readonly name: string;
  readonly priority: Priority = 'high';
  readonly intervalMs: number;
  enabled = true;
  readonly #instance: string;
  readonly #commands: Commands;
  readonly #thresholdBytes: number;
  readonly #sampleKeys: number;
  readonly #reminders: Reminders;
  readonly #slowLog = new SlowLog();
  readonly #keys = new KeySampler();
  #last: { hits: number; misses: number; evicted: number } | undefined;
  #memoryBytes: number | undefined;
  #overThreshold = false;
  #down = false;

  constructor(options: RedisSourceOptions) {
    if ((options.client === undefined) === (options.url === undefined)) {
      throw new TypeError('RedisSource wants either a client or a url');
    }
    this.#instance = options.name ?? '';
    this.id = this.#instance === '' ? 'redis' : `redis:${this.#instance}`;
    this.name = this.#instance === '' ? 'Redis' : `Redis ${this.#instance}`;
    this.intervalMs = positive(options.intervalMs ?? 60_000, 'intervalMs');
    const timeoutMs = positive(options.timeoutMs ?? 1000, 'timeoutMs');
    this.#commands = new Commands(options.client, options.url ?? '', timeoutMs);
    this.#thresholdBytes = positive(
      options.memoryThresholdBytes ?? Number.MAX_VALUE,
      'memoryThresholdBytes',
    );
    this.#sampleKeys = Math.min(options.sampleKeys ?? 50, MAX_SAMPLE_KEYS);
    this.#reminders = new Reminders(options.clock ?? systemClock);
  }

  async collect(context: CollectContext): Promise<readonly Metric[]> {
    const { signal, emit } = context;
    const run: Run = (...command) => this.#commands.run(signal, ...command);
    const readings = new Readings(
      this.#instance === '' ? {} : { 'redis.instance': this.#instance },
    );
    const info = await this.#ask(context, run, readings);
    readInfo(info, readings);
    this.#readHits(info, readings, emit);
    this.#watchMemory(info, emit);
    await this.#optional('slow log', emit, async () => {
      for (const entry of this.#slowLog.take(await run(...slowLogCommand()))) {
        emit(slowCommandEvent(entry));
      }
      readings.add(M.slow, this.#slowLog.total);
    });
    if (this.#sampleKeys > 0) {
      await this.#optional('key sample', emit, () => this.#sample(info, run, readings, emit));
    }
    return readings.metrics;
  }

  vitals(): Vitals {
    return this.#memoryBytes === undefined ? {} : { redisMemoryBytes: this.#memoryBytes };
  }

  close(): void {
    this.#commands.close();
  }

  async #ask({ emit, signal }: CollectContext, run: Run, readings: Readings): Promise<Info> {
    try {
      readings.add(M.ping, await pingSeconds(run));
      const info = parseInfo(await run('INFO'));
      if (!info.has('redis_version'))
        throw new Error('the client does not lead to Redis: INFO has no redis_version');
      if (this.#down) emit(this.#stateEvent('redis.up', 'answers again'));
      this.#down = false;
      return info;
    } catch (error) {
      const text = `cannot be asked: ${errorText(error)}`;
      if (!this.#down && !signal.aborted) emit(this.#stateEvent('redis.down', text));
      this.#down = true;
      throw error;
    }
  }

  #readHits(info: Info, readings: Readings, emit: (event: AgentEvent) => void): void {
    const hits = Math.max(0, numberOf(info, 'keyspace_hits') - this.#keys.lookups);
    const misses = numberOf(info, 'keyspace_misses');
    const evicted = numberOf(info, 'evicted_keys');
    readings.add(M.hits, hits);
    readings.add(M.misses, misses);
    const last = this.#last;
    this.#last = { hits, misses, evicted };
    const restarted = last !== undefined && (hits < last.hits || misses < last.misses);
    const found = last === undefined || restarted ? hits : hits - last.hits;
    const missed = last === undefined || restarted ? misses : misses - last.misses;
    if (found + missed > 0) readings.add(M.hitRatio, found / (found + missed));
    const lost = last === undefined ? 0 : evicted - last.evicted;
    if (!(lost > 0)) return;
    if (!this.#reminders.due('evictions')) return;
    emit({
      name: 'redis.evictions',
      severity: 'warn',
      message: `Redis evicted ${counted(lost, 'key')} since the last collection: maxmemory is too small for what is kept, or keys live too long.`,
      attributes: { 'db.system.name': 'redis', 'redis.keys.evicted': lost },
    });
  }

  #watchMemory(info: Info, emit: (event: AgentEvent) => void): void {
    const used = numberOf(info, 'used_memory');
    const limit = numberOf(info, 'maxmemory');
    if (Number.isNaN(used)) return;
    this.#memoryBytes = used;
    const over = used > this.#thresholdBytes * (this.#overThreshold ? BACK : 1);
    if (over && !this.#overThreshold) {
      emit({
        name: 'redis.memory_threshold',
        severity: 'warn',
        message: `Redis uses ${megabytes(used)} MB, more than the threshold of ${megabytes(this.#thresholdBytes)} MB.`,
        attributes: {
          'db.system.name': 'redis',
          'redis.memory.used': used,
          'redis.memory.threshold': this.#thresholdBytes,
        },
      });
    }
    this.#overThreshold = over;
    if (!(limit > 0) || used < limit * NEAR_LIMIT) this.#reminders.forget('limit');
    else if (this.#reminders.due('limit')) {
      const policy = info.get('maxmemory_policy') ?? '';
      const then = policy === 'noeviction' ? 'writes fail' : `keys are evicted (${policy})`;
      emit({
        name: 'redis.memory_limit',
        severity: 'warn',
        message: `Redis uses ${megabytes(used)} of ${megabytes(limit)} MB (maxmemory): past it, ${then}.`,
        attributes: {
          'db.system.name': 'redis',
          'redis.memory.used': used,
          'redis.maxmemory': limit,
        },
      });
    }
  }

  async #sample(
    info: Info,
    run: Run,
    readings: Readings,
    emit: (event: AgentEvent) => void,
  ): Promise<void> {
    await this.#keys.sample(run, {
      perCollection: this.#sampleKeys,
      lfu: info.get('maxmemory_policy')?.endsWith('lfu') ?? false,
      keyPrefix: this.#commands.keyPrefix,
    });
    const keys = await run('DBSIZE');
    this.#keys.read(readings, typeof keys === 'number' ? keys : Number.NaN);
    this.#keys.tell(this.#reminders, emit);
  }

  /** What a server may forbid. */
  async #optional(
    what: string,
    emit: (event: AgentEvent) => void,
    part: () => Promise<void>,
  ): Promise<void> {
    try {
      await part();
      this.#reminders.forget(what);
    } catch (error) {
      if (!isReplyError(error)) throw error;
      if (!this.#reminders.due(what)) return;
      emit({
        name: 'redis.limited',
        severity: 'warn',
        message: `The ${what} could not be read: ${error.message}. Allow its commands to this user (ACL SETUSER). Everything else is collected.`,
        attributes: { 'db.system.name': 'redis', 'redis.part': what },
      });
    }
  }

  #stateEvent(name: 'redis.up' | 'redis.down', text: string): AgentEvent {
    return {
      name,
      severity: name === 'redis.up' ? 'info' : 'error',
      message: `${this.name} ${text}`,
      attributes: { 'db.system.name': 'redis', 'redis.instance': this.#instance },
    };
  }
}

/** One slow turn of our own event loop is not the server's. */
async function pingSeconds(run: Run): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now();
    await run('PING');
    took.push(performance.now() - startMs);
  }
  return (took.sort((a, b) => a - b)[1] ?? Number.NaN) / 1000;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

function positive(value: number, option: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`RedisSource: ${option} must be a positive number, not ${value}`);
}
