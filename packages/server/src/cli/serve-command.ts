/** `sightline serve`: starts the server, tells where it is, and ends it in good order on a signal. */
import type { CommandLine } from '../config/flags.ts';
import { ConfigError } from '../config/problem.ts';
import { ListenError } from '../http/listeners.ts';
import { createLog } from '../log.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { forgetSignals, takeSignals } from './early-signals.ts';
import { collectWhenIdle } from './idle-memory.ts';
import { endWithLauncher } from './launcher.ts';
import { loadFromCommandLine } from './load-config.ts';
import { DONE, FAILED, fail } from './output.ts';

/** Open requests get this long, then the process ends all the same. */
const SHUTDOWN_MS = 10_000;

export async function runServe(line: CommandLine): Promise<number> {
  const signals = new Signals();
  endWithLauncher();
  const loaded = await loadFromCommandLine(line);
  if (loaded === undefined) return FAILED;
  const log = createLog(loaded.config.log.level);
  let server: RunningServer;
  try {
    server = await startServer({ loaded, log, reload: () => loadFromCommandLine(line) });
  } catch (error) {
    if (!isExpected(error)) throw error;
    fail(error.message);
    return FAILED;
  }
  // performance.now() counts from the start of the process.
  const seconds = (performance.now() / 1000).toFixed(1);
  log.info(`ready in ${seconds} s: ${server.url}`);
  signals.onReload(() => void server.reload());
  collectWhenIdle(globalThis.gc);
  const reason = await Promise.race([signals.ended, server.fatal]);
  if (reason instanceof Error) log.error(`cannot go on: ${reason.message}`);
  else log.info(`${reason}: finishing open requests`);
  endAtLast();
  await server.stop();
  log.info('stopped');
  return reason instanceof Error ? FAILED : DONE;
}

/** Whatever hangs, also during the start, the process ends. */
function endAtLast(): void {
  const timer = setTimeout(() => {
    fail('open work did not end in time');
    process.exit(FAILED);
  }, SHUTDOWN_MS);
  timer.unref();
}

/** Failures of the environment (a port, a directory): told in one line, without a stack. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof ListenError || error instanceof ConfigError) return true;
  return error.name === 'DirectoryError';
}

/** Installed before anything is started, so that a signal during the start is not lost. */
class Signals {
  readonly ended: Promise<string>;
  #reload: (() => void) | undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      takeSignals((signal) => {
        // A second signal ends the process at once: nothing acknowledged is lost by that.
        forgetSignals();
        endAtLast();
        resolve(signal);
      });
    });
    process.on('SIGHUP', () => this.#reload?.());
  }

  onReload(reload: () => void): void {
    this.#reload = reload;
  }
}
