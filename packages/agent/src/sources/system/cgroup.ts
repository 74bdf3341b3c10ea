/**
 * The cgroup this process lives in: usage and limits of the container, where there is one.
 *
 * Version 2 has one tree with memory.current, memory.max, cpu.stat and cpu.max; version 1 has a tree per controller with
 * memory.usage_in_bytes, memory.limit_in_bytes, cpuacct.stat and cpu.cfs_quota_us. Inside a container the tree is often mounted so
 * that its own group is the root, hence each path is tried with and without the group's name.
 */
import { existsSync, readFileSync } from 'node:fs';
import { ascii, ProcFile } from '../../linux/proc-file.ts';
import type { InstrumentSet, Point } from '../../metrics.ts';
import { readFields } from './memory.ts';
import type { SystemPart } from './part.ts';

const ROOT = '/sys/fs/cgroup';
/** Version 1 says "no limit" by a number near 2^63 rounded to pages. */
const NO_LIMIT = 2 ** 60;

interface CgroupFiles {
  memoryUsage: string;
  memoryLimit: string;
  cpuStat: string;
  cpuFields: readonly string[];
  /** Seconds per unit of the fields. */
  cpuUnits: readonly number[];
  /** `quota period` in one file (2) or the quota (1). */
  quota: string;
  /** Version 1 only. */
  period: string | undefined;
}

export class LinuxCgroup implements SystemPart {
  readonly #usage: Point;
  readonly #limit: Point;
  readonly #cpuTime: readonly Point[];
  readonly #throttled: Point;
  readonly #cpuLimit: Point;
  readonly #files: readonly ProcFile[];
  readonly #fields: readonly Uint8Array[];
  readonly #units: readonly number[];
  readonly #values = new Float64Array(3);

  constructor(set: InstrumentSet) {
    this.#usage = set
      .upDownCounter('container.memory.usage', 'By', 'Memory of the cgroup of this process.')
      .point();
    this.#limit = set
      .upDownCounter('container.memory.limit', 'By', 'Memory limit of the cgroup, where set.')
      .point();
    const time = set.counter(
      'container.cpu.time',
      's',
      'CPU time of the cgroup of this process.',
      'cpu.mode',
    );
    this.#cpuTime = [time.point('user'), time.point('system')];
    this.#throttled = set
      .counter(
        'container.cpu.throttled_time',
        's',
        'Time the cgroup was held back by its CPU limit.',
      )
      .point();
    this.#cpuLimit = set
      .upDownCounter('container.cpu.limit', '{cpu}', 'CPUs the cgroup may use, where limited.')
      .point();
    const found = cgroupPaths();
    this.#files = [found.memoryUsage, found.memoryLimit, found.cpuStat, found.quota]
      .concat(found.period ?? [])
      .map((path) => new ProcFile(path));
    this.#fields = found.cpuFields.map(ascii);
    this.#units = found.cpuUnits;
  }

  collect(): void {
    const [usage, limit, cpu, quota, period] = this.#files;
    if (usage?.read()) this.#usage.set(usage.number());
    if (limit?.read()) {
      const bytes = limit.number();
      if (bytes < NO_LIMIT) this.#limit.set(bytes);
    }
    if (cpu !== undefined && readFields(cpu, this.#fields, this.#values)) {
      this.#cpuTime[0]?.set((this.#values[0] ?? 0) * (this.#units[0] ?? 0));
      this.#cpuTime[1]?.set((this.#values[1] ?? 0) * (this.#units[1] ?? 0));
      if (this.#fields.length > 2) {
        this.#throttled.set((this.#values[2] ?? 0) * (this.#units[2] ?? 0));
      }
    }
    if (quota?.read()) {
      const allowed = quota.number();
      let per = quota.number();
      if (period?.read()) per = period.number();
      if (allowed > 0 && per > 0) this.#cpuLimit.set(allowed / per);
    }
  }

  close(): void {
    for (const file of this.#files) file.close();
  }
}

/** Where the numbers of the cgroup of this process are. */
export function cgroupPaths(): CgroupFiles {
  let text = '';
  try {
    text = readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    // No cgroups: every path below is absent.
  }
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  const unified = pathOf(ROOT, groups.get('') ?? '/', 'memory.current');
  if (unified.endsWith('memory.current') && existsSync(unified)) return unifiedFiles(unified);
  const memory = groups.get('memory') ?? '/';
  const cpuacct = groups.get('cpuacct') ?? '/';
  const cpu = groups.get('cpu') ?? '/';
  return {
    memoryUsage: pathOf(`${ROOT}/memory`, memory, 'memory.usage_in_bytes'),
    memoryLimit: pathOf(`${ROOT}/memory`, memory, 'memory.limit_in_bytes'),
    cpuStat: pathOf(`${ROOT}/cpuacct`, cpuacct, 'cpuacct.stat'),
    cpuFields: ['user ', 'system '],
    // USER_HZ.
    cpuUnits: [0.01, 0.01],
    quota: pathOf(`${ROOT}/cpu`, cpu, 'cpu.cfs_quota_us'),
    period: pathOf(`${ROOT}/cpu`, cpu, 'cpu.cfs_period_us'),
  };
}

function unifiedFiles(memoryCurrent: string): CgroupFiles {
  const folder = memoryCurrent.slice(0, memoryCurrent.lastIndexOf('/'));
  return {
    memoryUsage: memoryCurrent,
    memoryLimit: `${folder}/memory.max`,
    cpuStat: `${folder}/cpu.stat`,
    cpuFields: ['user_usec ', 'system_usec ', 'throttled_usec '],
    cpuUnits: [1e-6, 1e-6, 1e-6],
    quota: `${folder}/cpu.max`,
    period: undefined,
  };
}

function pathOf(root: string, group: string, file: string): string {
  const own = `${root}${group === '/' ? '' : group}/${file}`;
  return existsSync(own) ? own : `${root}/${file}`;
}
