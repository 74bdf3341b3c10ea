/** Carts (in Redis), checkout, and what somebody has ordered. */
import type { FastifyInstance } from 'fastify';
import { ORDERS_BY_EMAIL } from '../schema.ts';
import type { Shop } from '../shop.ts';

type Cart = { Params: { cart: string } };
type Item = { Body: { product: number; quantity: number } };
type Buyer = { Body: { email: string } };

const CART_S = 3600;

export function orderRoutes(app: FastifyInstance, shop: Shop): void {
  const { pool, redis, faults } = shop;
  faults.onChange('missing-index', async (on) => {
    await pool.query(on ? 'DROP INDEX IF EXISTS orders_email' : ORDERS_BY_EMAIL);
  });

  app.get<Cart>('/carts/:cart', (request) => redis.hgetall(`cart:${request.params.cart}`));

  app.post<Cart & Item>('/carts/:cart/items', async (request, reply) => {
    const key = `cart:${request.params.cart}`;
    const { product, quantity } = request.body;
    await redis.hincrby(key, String(product), quantity);
    await redis.expire(key, CART_S);
    return reply.code(201).send(await redis.hgetall(key));
  });

  app.post<Cart & Buyer>('/carts/:cart/checkout', async (request, reply) => {
    const key = `cart:${request.params.cart}`;
    const items = Object.entries(await redis.hgetall(key));
    if (items.length === 0) return reply.code(409).send({ error: 'the cart is empty' });
    const paid = await pay(shop, items.length);
    if (paid !== 200) {
      const error = paid === 402 ? 'the card was declined' : 'the payment service does not answer';
      return reply.code(paid === 402 ? 402 : 502).send({ error });
    }
    for (const [product, quantity] of items) {
      await pool.query(
        'INSERT INTO orders (email, product_id, quantity, price_cents) SELECT $1, id, $2, price_cents FROM products WHERE id = $3',
        [request.body.email, quantity, product],
      );
    }
    await redis.del(key);
    return reply.code(201).send({ items: items.length });
  });

  app.get<{ Querystring: { email: string } }>('/orders', async (request) => {
    const { rows } = await pool.query(
      'SELECT id, product_id, quantity, placed_at FROM orders WHERE email = $1 ORDER BY id DESC LIMIT 10',
      [request.query.email],
    );
    return rows;
  });
}

/** Asks the payment service; its status. */
async function pay({ paymentsUrl }: Shop, items: number): Promise<number> {
  const response = await fetch(`${paymentsUrl()}/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: items }),
  });
  await response.arrayBuffer();
  return response.status;
}
