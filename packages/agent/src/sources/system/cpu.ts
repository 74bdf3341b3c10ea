/** CPU time by mode and core, process counts (/proc/stat), load (/proc/loadavg). */
import { ascii, ProcFile } from '../../linux/proc-file.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import type { SystemPart } from './part.ts';

/** Order of the columns of a `cpuN` line (man 5 proc_stat); guest time is part of user time already. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal'];
/** USER_HZ: the kernel reports in hundredths of a second to user space on every architecture. */
const TICK_SECONDS = 0.01;

const CPU = ascii('cpu');
const PROCESSES = ascii('processes ');
const RUNNING = ascii('procs_running ');
const BLOCKED = ascii('procs_blocked ');

export interface CpuInstruments {
  time: ReturnType<InstrumentSet['counter']>;
  count: Point;
  loads: readonly Point[];
}

/** The instruments that every platform has. */
export function cpuInstruments(set: InstrumentSet): CpuInstruments {
  const time = set.counter(
    'system.cpu.time',
    's',
    'Time each logical CPU spent in each mode.',
    'cpu.mode',
    'cpu.logical_number',
  );
  const count = set
    .upDownCounter('system.cpu.logical.count', '{cpu}', 'Number of logical CPUs.')
    .point();
  const loads = [1, 5, 15].map((minutes) =>
    set
      .gauge(
        `system.cpu.load_average.${minutes}m`,
        '{thread}',
        `Threads running or waiting to run, averaged over ${minutes} min.`,
      )
      .point(),
  );
  return { time, count, loads };
}

export class LinuxCpu implements SystemPart {
  readonly #stat = new ProcFile('/proc/stat');
  readonly #loadavg = new ProcFile('/proc/loadavg');
  readonly #instruments: CpuInstruments;
  readonly #cores: Point[][] = [];
  readonly #created: Point;
  readonly #running: Point;
  readonly #blocked: Point;

  constructor(set: InstrumentSet) {
    this.#instruments = cpuInstruments(set);
    this.#created = set
      .counter('system.process.created', '{process}', 'Processes and threads created since boot.')
      .point();
    const count = set.upDownCounter(
      'system.process.count',
      '{process}',
      'Processes that are runnable, and processes blocked waiting for I/O.',
      'process.state',
    );
    this.#running = count.point('running');
    this.#blocked = count.point('blocked');
  }

  collect(): void {
    this.#collectStat();
    const { loads } = this.#instruments;
    if (this.#loadavg.read()) for (const load of loads) load.set(this.#loadavg.number());
  }

  #collectStat(): void {
    const file = this.#stat;
    if (!file.read()) return;
    let cores = 0;
    do {
      if (file.skip(CPU)) {
        // The first line sums up all cores: `cpu ` has no number.
        if (file.bytes[file.at] === 0x20) continue;
        const points = this.#core(file.number());
        for (const point of points) point.set(file.number() * TICK_SECONDS);
        cores++;
      } else if (file.skip(PROCESSES)) this.#created.set(file.number());
      else if (file.skip(RUNNING)) this.#running.set(file.number());
      else if (file.skip(BLOCKED)) this.#blocked.set(file.number());
    } while (file.nextLine());
    this.#instruments.count.set(cores);
  }

  #core(number: number): Point[] {
    let points = this.#cores[number];
    if (points === undefined) {
      points = MODES.map((mode) => this.#instruments.time.point(mode, String(number)));
      this.#cores[number] = points;
    }
    return points;
  }

  close(): void {
    this.#stat.close();
    this.#loadavg.close();
  }
}
