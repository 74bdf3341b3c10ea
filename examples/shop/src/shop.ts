/** The shop: what its routes work with. */
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Faults } from './faults.ts';
import type { ProductCache } from './product-cache.ts';

export interface Shop {
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly cache: ProductCache;
  readonly faults: Faults;
  /** Known once the shop listens. */
  paymentsUrl(): string;
}
