/** The shop with the agent in it. Starts with `node src/main.ts`; settings.ts has the variables that it reads. */
import { createShop } from './create-shop.ts';
import { settings } from './settings.ts';

const shop = await createShop(settings());
process.stdout.write(`shop: ${shop.url}\n`);

const parent = process.ppid;
// Whoever started the shop is gone: so is it.
setInterval(() => process.ppid !== parent && process.exit(), 500).unref();
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => shop.stop().finally(() => process.exit()));
