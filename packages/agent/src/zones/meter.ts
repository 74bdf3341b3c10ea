/**
 * How much of the container is in use where it has limits, else of the machine.
 *
 * CPU: the part of the time since the last reading that the cores were not idle; in a cgroup with a quota the part of the quota that
 * was used. Memory: what programs cannot get any more without swapping (MemAvailable); in a cgroup with a limit the part of the
 * limit in use without the page cache that can be dropped (as the kubelet counts its working set). Elsewhere than on Linux: Node's
 * own figures.
 */
import { cpus, freemem, totalmem } from 'node:os';
import { ascii, ProcFile } from '../linux/proc-file.ts';
import { cgroupPaths } from '../sources/system/cgroup.ts';
import { readFields } from '../sources/system/memory.ts';

/** In percent; undefined where it is not known (CPU: at the first reading). */
export interface Reading {
  readonly cpuPct: number | undefined;
  readonly memoryPct: number | undefined;
}

export interface Meter {
  read(): Reading;
  close(): void;
}

export function systemMeter(platform: NodeJS.Platform = process.platform): Meter {
  return platform === 'linux' ? new LinuxMeter() : new PortableMeter();
}

const TOTALS = ascii('cpu ');
/** Columns of /proc/stat (man 5 proc_stat): user nice system idle iowait irq softirq steal. */
const COLUMNS = 8;
const IDLE = 3;
const IOWAIT = 4;
const MEMORY = ['MemTotal:', 'MemAvailable:'].map(ascii);
const NO_LIMIT = 2 ** 60;

class LinuxMeter implements Meter {
  readonly #stat = new ProcFile('/proc/stat');
  readonly #meminfo = new ProcFile('/proc/meminfo');
  readonly #memory = new Float64Array(MEMORY.length);
  readonly #cgroup = new CgroupMeter();
  #lastBusy = Number.NaN;
  #lastTotal = Number.NaN;

  read(): Reading {
    const { cpuPct, memoryPct } = this.#cgroup.read();
    return { cpuPct: cpuPct ?? this.#cpu(), memoryPct: memoryPct ?? this.#memoryPct() };
  }

  #cpu(): number | undefined {
    const file = this.#stat;
    if (!file.read() || !file.skip(TOTALS)) return undefined;
    let total = 0;
    let idle = 0;
    for (let column = 0; column < COLUMNS; column++) {
      const ticks = file.number();
      total += ticks;
      if (column === IDLE || column === IOWAIT) idle += ticks;
    }
    const busy = total - idle;
    const part = (busy - this.#lastBusy) / (total - this.#lastTotal);
    this.#lastBusy = busy;
    this.#lastTotal = total;
    return percent(part);
  }

  #memoryPct(): number | undefined {
    if (!readFields(this.#meminfo, MEMORY, this.#memory)) return undefined;
    const [total = 0, available = 0] = this.#memory;
    return percent(1 - available / total);
  }

  close(): void {
    for (const file of [this.#stat, this.#meminfo]) file.close();
    this.#cgroup.close();
  }
}

class CgroupMeter implements Meter {
  readonly #usage: ProcFile;
  readonly #limit: ProcFile;
  readonly #stat: ProcFile;
  readonly #inactive: readonly Uint8Array[];
  readonly #quota: ProcFile;
  readonly #period: ProcFile | undefined;
  readonly #cpu: ProcFile;
  readonly #cpuFields: readonly Uint8Array[];
  readonly #cpuUnits: readonly number[];
  readonly #cache = new Float64Array(1);
  readonly #times = new Float64Array(2);
  #lastUsed = Number.NaN;
  #lastMs = Number.NaN;

  constructor() {
    const paths = cgroupPaths();
    const folder = paths.memoryUsage.slice(0, paths.memoryUsage.lastIndexOf('/'));
    this.#usage = new ProcFile(paths.memoryUsage);
    this.#limit = new ProcFile(paths.memoryLimit);
    this.#stat = new ProcFile(`${folder}/memory.stat`);
    const isFirst = paths.period !== undefined;
    this.#inactive = [ascii(isFirst ? 'total_inactive_file ' : 'inactive_file ')];
    this.#quota = new ProcFile(paths.quota);
    this.#period = paths.period === undefined ? undefined : new ProcFile(paths.period);
    this.#cpu = new ProcFile(paths.cpuStat);
    this.#cpuFields = paths.cpuFields.slice(0, 2).map(ascii);
    this.#cpuUnits = paths.cpuUnits;
  }

  read(): Reading {
    return { cpuPct: this.#cpuPct(), memoryPct: this.#memoryPct() };
  }

  #memoryPct(): number | undefined {
    if (!this.#limit.read()) return undefined;
    const limit = this.#limit.number();
    if (!(limit > 0 && limit < NO_LIMIT) || !this.#usage.read()) return undefined;
    const cache = readFields(this.#stat, this.#inactive, this.#cache) ? (this.#cache[0] ?? 0) : 0;
    return percent((this.#usage.number() - cache) / limit);
  }

  #cpuPct(): number | undefined {
    if (!this.#quota.read()) return undefined;
    const allowed = this.#quota.number();
    const per = this.#period?.read() ? this.#period.number() : this.#quota.number();
    if (!(allowed > 0 && per > 0) || !readFields(this.#cpu, this.#cpuFields, this.#times)) {
      return undefined;
    }
    const nowMs = performance.now();
    const [user = 0, system = 0] = this.#times;
    const used = user * (this.#cpuUnits[0] ?? 0) + system * (this.#cpuUnits[1] ?? 0);
    const part = ((used - this.#lastUsed) * 1000) / (nowMs - this.#lastMs) / (allowed / per);
    this.#lastUsed = used;
    this.#lastMs = nowMs;
    return percent(part);
  }

  close(): void {
    for (const file of [this.#usage, this.#limit, this.#stat, this.#quota, this.#cpu]) file.close();
    this.#period?.close();
  }
}

class PortableMeter implements Meter {
  #lastBusy = Number.NaN;
  #lastTotal = Number.NaN;

  read(): Reading {
    let total = 0;
    let idle = 0;
    for (const { times } of cpus()) {
      total += times.user + times.nice + times.sys + times.irq + times.idle;
      idle += times.idle;
    }
    const busy = total - idle;
    const part = (busy - this.#lastBusy) / (total - this.#lastTotal);
    this.#lastBusy = busy;
    this.#lastTotal = total;
    return { cpuPct: percent(part), memoryPct: percent(1 - freemem() / totalmem()) };
  }

  close(): void {}
}

function percent(part: number): number | undefined {
  return Number.isFinite(part) ? Math.min(100, Math.max(0, part * 100)) : undefined;
}
