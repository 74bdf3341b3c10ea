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

/** Connects, makes the tables, listens. */
export async function createShop({
  port,
  databaseUrl,
  redisUrl,
}: Settings): Promise<{ url: string; stop(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const redis = new Redis(redisUrl);
  const faults = new Faults();
  const cache = new ProductCache(redis, faults);
  await prepareSchema(pool);

  const app = fastify();
  let url = '';
  const shop = { pool, redis, cache, faults, paymentsUrl: () => url };
  productRoutes(app, shop);
  orderRoutes(app, shop);
  paymentRoutes(app);
  faultRoutes(app, faults);
  url = await app.listen({ port, host: '127.0.0.1' });
  return {
    url,
    stop: async () => {
      await app.close();
      redis.disconnect();
      await pool.end();
    },
  };
}
