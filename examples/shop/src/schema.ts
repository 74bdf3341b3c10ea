/** The tables of the shop, filled with made-up goods when they are empty. */
import type pg from 'pg';

export const PRODUCTS = 300;
export const CUSTOMERS = 20_000;
const CATEGORIES = 12;
const ORDERS = 200_000;

/** The index that the fault `missing-index` takes away. */
export const ORDERS_BY_EMAIL = 'CREATE INDEX IF NOT EXISTS orders_email ON orders (email, id)';

const TABLES = `
  CREATE TABLE IF NOT EXISTS categories (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE IF NOT EXISTS products (
    id int PRIMARY KEY,
    category_id int NOT NULL REFERENCES categories,
    name text NOT NULL,
    description text NOT NULL,
    price_cents int NOT NULL
  );
  CREATE INDEX IF NOT EXISTS products_category ON products (category_id);
  CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    price_cents int NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text NOT NULL DEFAULT ''
  );
`;

const GOODS = `
  INSERT INTO categories SELECT n, 'Category ' || n FROM generate_series(1, ${CATEGORIES}) n;
  INSERT INTO products
    SELECT n, 1 + n % ${CATEGORIES},
      (ARRAY['Red', 'Green', 'Blue', 'Black', 'White'])[1 + n % 5] || ' '
        || (ARRAY['chair', 'table', 'lamp', 'shelf', 'rug', 'mirror', 'clock'])[1 + n % 7] || ' ' || n,
      repeat('Well made and made to last. ', 20), 500 + n * 37 % 20000
    FROM generate_series(1, ${PRODUCTS}) n;
  INSERT INTO orders (email, product_id, quantity, price_cents, placed_at, note)
    SELECT 'customer' || n % ${CUSTOMERS} || '@example.com', 1 + n % ${PRODUCTS}, 1 + n % 3, 500 + n % 20000,
      now() - n * interval '1 minute', repeat('Please ring twice. ', 5)
    FROM generate_series(1, ${ORDERS}) n;
`;

export async function prepareSchema(pool: pg.Pool): Promise<void> {
  await pool.query(TABLES);
  const { rowCount } = await pool.query('SELECT 1 FROM products LIMIT 1');
  if (rowCount === 0) await pool.query(GOODS);
  await pool.query(ORDERS_BY_EMAIL);
  await pool.query('ANALYZE');
}
