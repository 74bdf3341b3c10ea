/**
 * `npm run bench -- idle [SECONDS]`: what `npm start` takes on an empty directory while nobody uses it: time until it is ready, CPU, and
 * resident memory of all of its processes, npm's own included, over the first minute and while a query thread is alive.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, temporaryDirectory } from '../test/harness/directory.ts';
import { answers, freePort, startProcess } from '../test/harness/process.ts';
import { cpuSeconds, ownResidentBytes, residentBytes } from './proc.ts';
import { printTable } from './table.ts';

const WATCH_S = 60;
/** A query thread is watched for so long; it ends later, after `query.worker_idle_ms`. */
const QUERY_WATCH_S = 10;
const POLL_MS = 250;

interface Resident {
  all: number;
  npm: number;
}

export async function benchIdle([seconds = String(WATCH_S)]: readonly string[]): Promise<void> {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [http, otlpHttp, otlpGrpc] = ports.map((port) => `127.0.0.1:${port}`);
  const listen = [`--http=${http}`, `--otlp-http=${otlpHttp}`, `--otlp-grpc=${otlpGrpc}`];
  const began = performance.now();
  const running = await startProcess(
    'npm',
    ['start', '--', ...listen, `--data=${temporaryDirectory('idle')}`],
    {
      cwd: projectRoot,
      env: plainEnvironment(),
      ready: () => answers(`http://${http}/readyz`),
    },
  );
  const readyS = (performance.now() - began) / 1000;
  const look = (): Resident => ({
    all: residentBytes(running.pid),
    npm: ownResidentBytes(running.pid),
  });
  const watch = async (forS: number): Promise<Resident> => {
    let most = look();
    for (const end = performance.now() + forS * 1000; performance.now() < end; ) {
      await sleep(POLL_MS);
      const now = look();
      if (now.all > most.all) most = now;
    }
    return most;
  };
  try {
    const atReady = look();
    const cpuBefore = cpuSeconds(running.pid);
    const most = await watch(Number(seconds));
    const cpuShare = (cpuSeconds(running.pid) - cpuBefore) / Number(seconds);
    const settled = look();
    await answers(`http://${http}/api/v1/query?query=up`);
    const mostWithQuery = await watch(QUERY_WATCH_S);
    const withQuery = look();
    process.stdout.write(
      `ready after ${readyS.toFixed(2)} s; ${(cpuShare * 100).toFixed(2)} % of a CPU in the ${seconds} s after that\n\n`,
    );
    printTable(
      ['resident MB (10^6 bytes)', 'all', 'npm', 'Sightline'],
      [
        row('when ready', atReady),
        row(`most in the first ${seconds} s`, most),
        row(`after ${seconds} s`, settled),
        row('most with a query thread', mostWithQuery),
        row(`${QUERY_WATCH_S} s after a query, its thread alive`, withQuery),
      ],
    );
  } finally {
    await running.stop();
  }
}

function row(name: string, { all, npm }: Resident): string[] {
  return [name, ...[all, npm, all - npm].map((bytes) => (bytes / 1e6).toFixed(1))];
}

/** That of somebody's shell: without what the `npm` that runs the bench has set, and with their Node. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const path = (process.env.PATH ?? '').split(':').filter((one) => !one.includes('node_modules'));
  return { ...Object.fromEntries(env), PATH: path.join(':') };
}
