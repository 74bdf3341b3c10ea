/**
 * Gives memory back when the process has become idle.
 *
 * Model: V8 collects when something allocates, so what the start or a load has left stays resident for as long as nobody works. Once
 * the server is up, the main thread's garbage is collected with caches that can be made again and pages that are nearly empty (about
 * 75 ms of CPU time); once after every busy time, when a whole interval has passed with next to no CPU time, garbage only (25 ms).
 *
 * Invariant: never under load. Does nothing without `--expose-gc`, which the launcher gives.
 */
const CHECK_MS = 15_000;
const IDLE_SHARE = 0.03;

type Collect = (options: NodeJS.GCOptions) => unknown;

/** Collects at once and after every busy time with V8's `gc`. The timer does not keep the process alive. */
export function collectWhenIdle(gc: Collect | undefined): void {
  if (gc === undefined) return;
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  let busy = true;
  let before = process.cpuUsage();
  const check = (): void => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const idle = (user + system) / 1000 < CHECK_MS * IDLE_SHARE;
    if (idle && busy) gc({ type: 'major', execution: 'sync' });
    busy = !idle;
  };
  setInterval(check, CHECK_MS).unref();
}
