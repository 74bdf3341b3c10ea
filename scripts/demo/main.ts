/** The demo: Sightline first, then PostgreSQL and Redis, then the shop and its visitors. Ends with all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children } from './children.ts';
import { type Flags, parseFlags, USAGE } from './flags.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const say = (text: string): void => void process.stdout.write(`demo      ${text}\n`);

async function run(flags: Flags): Promise<void> {
  const temporary =
    flags.data === undefined ? mkdtempSync(join(tmpdir(), 'sightline-demo-')) : null;
  const children = new Children((code) => {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
    process.exit(code);
  });
  const pages = `http://${flags.http}`;
  children.start('sightline', [
    join(root, 'packages', 'server', 'bin', 'sightline.js'),
    ...['serve', '--http', flags.http, '--data', flags.data ?? join(temporary ?? '', 'data')],
    ...flags.otlp,
  ]);
  const databases = startDatabases(children);
  if (!(await children.answers(`${pages}/readyz`))) return;
  say(`Sightline: ${pages}`);
  const { postgres, redis } = await databases;
  const shop = `http://127.0.0.1:${flags.shopPort}`;
  children.start('shop', ['--expose-gc', join(root, 'examples', 'shop', 'src', 'main.ts')], {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_EXPORTER_OTLP_ENDPOINT: pages,
    // A machine that is busy with other things is not to switch sources off: the faults are to be seen.
    PERFORMANCE_CPU_THRESHOLD: process.env.PERFORMANCE_CPU_THRESHOLD ?? '100',
    ...{ PORT: String(flags.shopPort), DATABASE_URL: postgres, REDIS_URL: redis },
  });
  if (!(await children.answers(`${shop}/faults`))) return;
  children.start('traffic', [join(root, 'examples', 'shop', 'traffic', 'traffic.ts'), shop], {
    TRAFFIC_RATE: flags.rate,
  });
  say(`The shop: ${shop}; its faults: ${shop}/faults, e.g. ${shop}/faults/n-plus-one/on`);
  say('What to look at for each fault: examples/shop/README.md. Ctrl+C ends everything.');
}

/** Resolves to their URLs; does not resolve when they cannot be started, for then the demo ends. */
function startDatabases(children: Children): Promise<{ postgres: string; redis: string }> {
  return new Promise((resolve) => {
    children.start('databases', [join(root, 'scripts', 'demo', 'databases.ts')], {}, (line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line));
    });
  });
}

try {
  const flags = parseFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(USAGE);
  else await run(flags);
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
