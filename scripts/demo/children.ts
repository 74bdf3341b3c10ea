/**
 * The processes of the demo.
 *
 * Invariants: when one ends by itself all end, and it is told which and why; when the demo is told to end, or its parent has gone, all
 * end in the reverse order of their start, after GRACE_MS by force; where the platform can do it (Linux) they end even when the demo is
 * killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const GRACE_MS = 8000;
const PARENT_MS = 250;
const POLL_MS = 100;

interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

export class Children {
  readonly #children: Child[] = [];
  #ending: Promise<void> | undefined;
  readonly #onEnd: (code: number) => void;

  /** `onEnd` is called once, after everything has ended. */
  constructor(onEnd: (code: number) => void) {
    this.#onEnd = onEnd;
    process.on('SIGINT', () => this.end(0));
    process.on('SIGTERM', () => this.end(0));
    process.on('SIGHUP', () => this.end(0));
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && this.end(1), PARENT_MS).unref();
  }

  get ending(): boolean {
    return this.#ending !== undefined;
  }

  /** Starts a process on this Node. Its lines go to `onLine`, or to our output with its name before them. */
  start(
    name: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    onLine?: (line: string) => void,
  ): void {
    if (this.ending) return;
    const [command, rest] = tied(process.execPath, args);
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      // A terminal sends its signals to the whole group: they come from us, in order.
      detached: true,
    });
    const tell = (line: string): void => void process.stdout.write(`${name.padEnd(9)} ${line}\n`);
    createInterface(child.stdout).on('line', onLine ?? tell);
    createInterface(child.stderr).on('line', tell);
    const ended = new Promise<void>((resolve) => {
      child.on('error', (error) => {
        this.#failed(`${name} cannot be started: ${error.message}`);
        resolve();
      });
      child.on('exit', (code, signal) => {
        if (!this.ending) this.#failed(`${name} has ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
    });
    this.#children.push({ name, process: child, ended });
  }

  /** Polls a URL until it answers; false when the demo ends before. */
  async answers(url: string): Promise<boolean> {
    while (!this.ending) {
      try {
        const response = await fetch(url);
        await response.arrayBuffer();
        if (response.ok) return true;
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return false;
  }

  end(code: number): void {
    this.#ending ??= this.#endAll().then(() => this.#onEnd(code));
  }

  #failed(reason: string): void {
    process.stderr.write(`demo: ${reason}; everything else is stopped\n`);
    this.end(1);
  }

  async #endAll(): Promise<void> {
    for (const { process: child, ended } of [...this.#children].reverse()) {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(force);
      endGroup(child.pid);
    }
  }
}

/** What a child has left behind in its group: an installation that was under way, a database whose keeper was killed. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

/** The command, told to end when we have gone, however that was. */
function tied(command: string, args: readonly string[]): [string, string[]] {
  if (process.platform !== 'linux') return [command, [...args]];
  return ['setpriv', ['--pdeathsig', 'TERM', '--', command, ...args]];
}
