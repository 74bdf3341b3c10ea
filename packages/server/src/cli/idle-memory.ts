/**
 * Gives memory back when the process has become idle.
 *
 * Model: V8 collects when something allocates, so what the start or a load has left stays resident for as long as nobody works. Once after
 * every busy time, when a whole interval has passed with next to no CPU time, the main thread's garbage is collected (about
 * 15 ms); the pages go back to the system some seconds later.
 *
 * Invariant: never under load. Does nothing without `--expose-gc`, which the launcher gives.
 */
const CHECK_MS = 15_000;
const IDLE_SHARE = 0.03;

/** `collect` collects all garbage. The timer does not keep the process alive. */
export function collectWhenIdle(collect: (() => void) | undefined): void {
  if (collect === undefined) return;
  let busy = true;
  let before = process.cpuUsage();
  const check = (): void => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const idle = (user + system) / 1000 < CHECK_MS * IDLE_SHARE;
    if (idle && busy) collect();
    busy = !idle;
  };
  setInterval(check, CHECK_MS).unref();
}
