import fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Faults, faultRoutes } from './faults.ts';
import { ProductCache } from './product-cache.ts';
import { orderRoutes } from './routes/orders.ts';
import { paymentRoutes } from './routes/payments.ts';
import { productRoutes } from './routes/products.ts';
import { prepareSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { watch } from './watch.ts';

/** Connects, makes the tables, listens. */
export async function createShop(
  settings: Settings,
): Promise<{ url: string; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 10 });
  const redis = new Redis(settings.redisUrl);
  // A connection that is lost while nobody uses it is made anew; what uses one gets the error itself.
  pool.on('error', () => {});
  redis.on('error', () => {});
  const faults = new Faults();
  const cache = new ProductCache(redis, faults);
  await prepareSchema(pool);

  const app = fastify();
  const agent = await watch({ app, pool, redis, cache }, settings);
  let url = '';
  const shop = { pool, redis, cache, faults, paymentsUrl: () => url };
  productRoutes(app, shop);
  orderRoutes(app, shop);
  paymentRoutes(app);
  faultRoutes(app, faults);
  url = await app.listen({ port: settings.port, host: '127.0.0.1' });
  return {
    url,
    stop: async () => {
      await app.close();
      await agent.stop();
      redis.disconnect();
      await pool.end();
    },
  };
}
