/** The agent in the shop: everything that Sightline shows of it comes from these lines. */
import { type Agent, PostgresSource, RedisSource, start } from '@sightline/agent';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { ProductCache } from './product-cache.ts';
import type { Settings } from './settings.ts';

interface Watched {
  readonly app: FastifyInstance;
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly cache: ProductCache;
}

/** In a shop of this size a statement that takes so long is slow, ms. */
const SLOW_QUERY_MS = 20;

export async function watch(
  { app, pool, redis, cache }: Watched,
  settings: Settings,
): Promise<Agent> {
  const intervalMs = settings.sourceIntervalMs;
  const agent = await start({
    service: 'shop',
    traces: true,
    processIntervalMs: intervalMs,
    database: { slowQueryMs: SLOW_QUERY_MS },
  });

  await app.register(agent.http.fastify());
  agent.database.pg(pool);
  agent.registerSource(new PostgresSource({ pool, intervalMs, slowQueryMs: SLOW_QUERY_MS }));
  agent.registerSource(new RedisSource({ client: redis, intervalMs }));
  agent.optimizer.registerCache(cache);
  app.get('/metrics', (_request, reply) => reply.type('text/plain').send(agent.exposition()));
  return agent;
}
