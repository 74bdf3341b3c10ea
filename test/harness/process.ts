/** Child processes of a test: started, waited for, and ended with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface Running {
  readonly pid: number;
  /** Everything it wrote so far, standard output and error together. */
  output(): string;
  /** Resolves to the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Ends it with SIGTERM, after `graceMs` with SIGKILL; resolves when it is gone. */
  stop(graceMs?: number): Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Polled until true; the start fails when the process ends first or `timeoutMs` pass. */
  ready?: (running: Running) => Promise<boolean> | boolean;
  timeoutMs?: number;
}

const OUTPUT_BYTES = 1 << 20;
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a process and waits until it is ready. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
  });
  alive.add(child);
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_BYTES);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let failure = '';
  let ended = false;
  const exited = new Promise<number | string>((resolve) => {
    child.on('error', (error) => {
      failure = error.message;
      ended = true;
      resolve(-1);
    });
    child.on('exit', (code, signal) => {
      ended = true;
      alive.delete(child);
      resolve(code ?? signal ?? -1);
    });
  });
  const running: Running = {
    pid: child.pid ?? -1,
    output: () => output,
    exited,
    kill: (signal) => {
      child.kill(signal);
    },
    stop: (graceMs = 10_000) => stopChild(child, exited, graceMs),
  };
  const deadline = Date.now() + (options.timeoutMs ?? 30_000);
  while (options.ready !== undefined && !(await isReady(options.ready, running))) {
    if (ended || Date.now() > deadline) {
      await running.stop(0);
      throw new Error(`${command} ${args.join(' ')} did not become ready: ${failure}\n${output}`);
    }
    await sleep(25);
  }
  return running;
}

async function isReady(
  ready: NonNullable<StartOptions['ready']>,
  running: Running,
): Promise<boolean> {
  try {
    return await ready(running);
  } catch {
    return false;
  }
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<number | string>,
  graceMs: number,
): Promise<number | string> {
  if (graceMs > 0) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  const code = await exited;
  clearTimeout(timer);
  return code;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Polls until `condition` holds; fails with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await sleep(25);
  }
}

/** Above what browsers refuse, and below what Linux gives to connections and to servers that ask for any port. */
const FIRST_PORT = 10_240;
const PORTS = 22_000;
/** Test files run at once: each process begins elsewhere. */
let portsTried = process.pid * 128;

/** A port of 127.0.0.1 that is free, and that nobody else is given before a server of this process listens there. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (portsTried++ % PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}
