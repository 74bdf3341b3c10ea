/** CPU of this process (all threads) for something done again and again. Run with --expose-gc. */

const ROUNDS = 7;
const TURNS = 50;
const COPIES = 10;

/** What is measured: called once a run. */
export type Run = (index: number) => unknown;

/** CPU us of one run: median over rounds of `runs`, after one that does not count. */
export async function cpuOf(runs: number, run: Run): Promise<number> {
  const [us = Number.NaN] = await cpuOfEach(runs, [run]);
  return us;
}

/** The same for several, in turn, so that what else the machine does falls on all alike. */
export async function cpuOfEach(runs: number, all: readonly Run[]): Promise<number[]> {
  const rounds = all.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [which, run] of all.entries()) {
      globalThis.gc?.();
      const us = await cpuOfRound(runs, run);
      if (round > 0) rounds[which]?.push(us);
    }
  }
  return rounds.map(median);
}

/** What others cost more than the first: medians over rounds, in each of which they take turns all the time. */
export async function differences(
  runs: number,
  [bare, ...others]: readonly Run[],
): Promise<number[]> {
  if (bare === undefined) return [];
  const rounds = others.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    globalThis.gc?.();
    const sums = others.map(() => 0);
    for (let turn = 0; turn < TURNS; turn++) {
      const base = await cpuOfRound(runs / TURNS, bare);
      for (const [which, other] of others.entries()) {
        sums[which] = (sums[which] ?? 0) + (await cpuOfRound(runs / TURNS, other)) - base;
      }
    }
    if (round > 0) for (const [which, sum] of sums.entries()) rounds[which]?.push(sum / TURNS);
  }
  return rounds.map(median);
}

/** CPU us of one run, which happens now. */
export async function cpuOfOne(run: Run): Promise<number> {
  return cpuOfRound(1, run);
}

async function cpuOfRound(runs: number, run: Run): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < runs; i++) {
    const result = run(i);
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / runs;
}

/** Bytes of heap and of array buffers that one of what `make` returns keeps: of several, for one that has just been dropped may still be found. */
export async function memoryOf(make: () => unknown): Promise<number> {
  const kept: unknown[] = [await make()];
  const before = liveBytes();
  for (let i = 0; i < COPIES; i++) kept.push(await make());
  const bytes = (liveBytes() - before) / COPIES;
  kept.length = 0;
  return Math.max(0, bytes);
}

function liveBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** For `npm run bench -- agent-parts`, which prints tables of these. */
export function tell(table: string, row: Readonly<Record<string, string>>): void {
  process.stdout.write(`${JSON.stringify({ table, row })}\n`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Three digits that say something. */
export function shown(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
