/** Product pages in Redis. Counts what was found and what was not, so that the agent's rules can look after it. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Faults } from './faults.ts';

export class ProductCache {
  readonly name = 'product-pages';
  readonly endpoints = ['/products/:id'];
  /** In Redis, not in this process. */
  readonly shared = true;
  readonly ttlMs = { min: 1000, max: 600_000 };
  readonly #redis: Redis;
  readonly #faults: Faults;
  #ttl = 120_000;
  #hits = 0;
  #misses = 0;

  constructor(redis: Redis, faults: Faults) {
    this.#redis = redis;
    this.#faults = faults;
  }

  hits(): number {
    return this.#hits;
  }

  misses(): number {
    return this.#misses;
  }

  getTtlMs(): number {
    return this.#ttl;
  }

  setTtlMs(ttlMs: number): void {
    this.#ttl = ttlMs;
  }

  /** The page as it is cached, or made and cached. */
  async page(id: number, make: () => Promise<string | null>): Promise<string | null> {
    const broken = this.#faults.isOn('cache-misses');
    const key = broken ? `page:${id}:${randomUUID()}` : `page:${id}`;
    const cached = await this.#redis.get(key);
    if (cached !== null) {
      this.#hits++;
      return cached;
    }
    this.#misses++;
    const page = await make();
    if (page !== null) await this.#redis.set(key, page, 'PX', broken ? 10_000 : this.#ttl);
    return page;
  }
}
