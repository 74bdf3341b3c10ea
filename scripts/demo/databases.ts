/**
 * PostgreSQL and Redis for the demo: started as the tests start theirs, on free ports in temporary directories, installed from Debian's
 * packages where they are missing and this is root. Writes one line of JSON with their URLs when both answer.
 */
import { startPostgres } from '../../test/harness/postgres.ts';
import { startRedis } from '../../test/harness/redis.ts';

/** Ends with the server; pid 0 is a server that is not ours. */
function watch(name: string, pid: number, output: () => string): void {
  if (pid <= 0) return;
  setInterval(() => {
    if (stopping || isAlive(pid)) return;
    process.stderr.write(`${name} has ended\n${output().slice(-LAST_WORDS)}`);
    process.exit(1);
  }, 500);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const LAST_WORDS = 2000;
let stopping = false;
const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.exit(1), 250).unref();

try {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const stop = (): void => {
    stopping = true;
    Promise.allSettled([postgres.stop(), redis.stop()]).finally(() => process.exit());
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  watch('PostgreSQL', postgres.pid, postgres.output);
  watch('Redis', redis.pid, () => '');
  process.stdout.write(`${JSON.stringify({ postgres: postgres.url, redis: redis.url })}\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${reason}\nThe demo needs PostgreSQL and Redis. On Debian or Ubuntu: apt-get install postgresql redis-server. ` +
      'Or name running ones: TEST_POSTGRES=postgres://USER:PASSWORD@HOST/DB TEST_REDIS=redis://HOST\n',
  );
  process.exit(1);
}
