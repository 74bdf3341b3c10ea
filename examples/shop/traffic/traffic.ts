/**
 * Visitors of the shop: `node traffic/traffic.ts [URL]`.
 *
 * The same sequence of requests in every run (SEED), about RATE a second, at most MOST_WAITING at once; ends with its parent.
 */
const url = process.argv[2] ?? process.env.SHOP_URL ?? 'http://127.0.0.1:4400';
const RATE = Number(process.env.TRAFFIC_RATE ?? 20);
const MOST_WAITING = 50;
const PRODUCTS = 300;
const CUSTOMERS = 20_000;
const WORDS = ['chair', 'lamp', 'red', 'blue table', 'mirror', 'clock 1'];

/** Mulberry32: small, seeded, good enough to choose requests. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = random(Number(process.env.SEED ?? 1));
const upTo = (n: number): number => Math.floor(next() * n);
/** Few products are looked at often, most of them seldom. */
const product = (): number => 1 + Math.floor(next() ** 3 * PRODUCTS);
const email = (): string => `customer${upTo(CUSTOMERS)}@example.com`;

function get(path: string): Promise<void> {
  return send('GET', path);
}

async function send(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
}

async function buy(): Promise<void> {
  const cart = `/carts/${upTo(1e9)}`;
  await send('POST', `${cart}/items`, { product: product(), quantity: 1 + upTo(3) });
  await get(cart);
  if (next() < 0.6) await send('POST', `${cart}/checkout`, { email: email() });
}

/** What visitors do, by its share of 100. */
const VISITS: readonly [share: number, visit: () => Promise<void>][] = [
  [50, () => get(`/products/${product()}`)],
  [14, () => get(`/categories/${1 + upTo(12)}`)],
  [10, () => get(`/search?q=${encodeURIComponent(WORDS[upTo(WORDS.length)] ?? '')}`)],
  [8, () => get('/recommendations')],
  [9, () => get(`/orders?email=${email()}`)],
  [7, buy],
  // There is none.
  [2, () => get(`/products/${PRODUCTS + 1 + upTo(100)}`)],
];

function visit(): Promise<void> {
  let left = next() * VISITS.reduce((sum, [share]) => sum + share, 0);
  for (const [share, one] of VISITS) {
    left -= share;
    if (left < 0) return one();
  }
  return get('/categories');
}

let waiting = 0;
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
  if (waiting >= MOST_WAITING) return;
  waiting++;
  // A shop that is away or slow is what the agent tells about.
  visit()
    .catch(() => {})
    .finally(() => waiting--);
}, 1000 / RATE);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());
