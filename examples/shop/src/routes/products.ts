/** Categories, product pages, search, recommendations. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Shop } from '../shop.ts';

type ById = { Params: { id: string } };

const SLOW_MS = 1500;
/** What each product page keeps while the shop leaks, and the most that it keeps: no machine dies of it. */
const LEAK_NUMBERS = 8192;
const LEAK_MOST = 3200;

export function productRoutes(app: FastifyInstance, shop: Shop): void {
  const { pool, cache, faults } = shop;
  const leaked: number[][] = [];
  faults.onChange('memory-leak', () => {
    leaked.length = 0;
  });

  app.get('/categories', async () => {
    return (await pool.query('SELECT id, name FROM categories ORDER BY id')).rows;
  });

  app.get<ById>('/categories/:id', async (request) => {
    const id = Number(request.params.id);
    if (faults.isOn('n-plus-one')) return productsOneByOne(shop, id);
    return (
      await pool.query('SELECT id, name, price_cents FROM products WHERE category_id = $1', [id])
    ).rows;
  });

  app.get<ById>('/products/:id', async (request, reply) => {
    if (faults.isOn('memory-leak') && leaked.length < LEAK_MOST) {
      leaked.push(Array.from({ length: LEAK_NUMBERS }, Math.random));
    }
    const id = Number(request.params.id);
    const page = await cache.page(id, () => productPage(shop, id));
    if (page === null) return reply.code(404).send({ error: `there is no product ${id}` });
    return reply.type('application/json').send(page);
  });

  app.get<{ Querystring: { q?: string } }>('/search', async (request) => {
    const text = `%${request.query.q ?? ''}%`;
    const found = await pool.query('SELECT id, name FROM products WHERE name ILIKE $1 LIMIT 20', [
      text,
    ]);
    return found.rows;
  });

  app.get('/recommendations', async () => {
    if (faults.isOn('slow-endpoint')) await sleep(SLOW_MS);
    return (await pool.query('SELECT id, name FROM products ORDER BY price_cents LIMIT 5')).rows;
  });
}

/** The fault: one query for the list, and one more for each of its products. */
async function productsOneByOne({ pool }: Shop, category: number): Promise<unknown[]> {
  const list = await pool.query<{ id: number }>('SELECT id FROM products WHERE category_id = $1', [
    category,
  ]);
  const products: unknown[] = [];
  for (const { id } of list.rows) {
    const one = await pool.query('SELECT id, name, price_cents FROM products WHERE id = $1', [id]);
    products.push(...one.rows);
  }
  return products;
}

async function productPage({ pool }: Shop, id: number): Promise<string | null> {
  const { rows } = await pool.query(
    `SELECT p.id, p.name, p.description, p.price_cents, c.name AS category
     FROM products p JOIN categories c ON c.id = p.category_id WHERE p.id = $1`,
    [id],
  );
  return rows.length === 0 ? null : JSON.stringify(rows[0]);
}
