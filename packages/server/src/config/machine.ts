/**
 * How large the machine is: the limits of the container (cgroup v2, then v1) where they are below those of the machine.
 * Formats: cgroup(7), kernel docs admin-guide/cgroup-v2 (`memory.max`, `cpu.max`) and cgroup-v1.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { PRESET_NAMES, type PresetName } from './setting.ts';

export interface MachineSize {
  memoryBytes: number;
  /** May be a fraction under a CPU quota. */
  cores: number;
  /** What set the memory and the cores: `machine` or `cgroup`. */
  memoryFrom: 'machine' | 'cgroup';
  coresFrom: 'machine' | 'cgroup';
}

export interface PresetChoice {
  name: PresetName;
  /** For people: `set by flag --preset`, `8.2 GB of memory, 2 cores (cgroup limit)`. */
  reason: string;
  machine: MachineSize;
}

const GB = 1e9;

/** small below 8 GB or 4 cores, large from 16 GB and 8 cores, medium otherwise. */
export function presetFor(machine: MachineSize): PresetName {
  if (machine.memoryBytes < 8 * GB || machine.cores < 4) return 'small';
  return machine.memoryBytes >= 16 * GB && machine.cores >= 8 ? 'large' : 'medium';
}

/** `setting` is the value of the key `preset`, `place` where it was set. */
export function choosePreset(setting: unknown, place: string, machine: MachineSize): PresetChoice {
  const named = PRESET_NAMES.find((name) => name === setting);
  if (named !== undefined) return { name: named, reason: `set by ${place}`, machine };
  return { name: presetFor(machine), reason: describeMachine(machine), machine };
}

function describeMachine(machine: MachineSize): string {
  const memory = `${(machine.memoryBytes / GB).toFixed(1)} GB of memory`;
  const cores = `${Number(machine.cores.toFixed(2))} ${machine.cores === 1 ? 'core' : 'cores'}`;
  const limit = (from: 'machine' | 'cgroup') => (from === 'cgroup' ? ' (container limit)' : '');
  return `${memory}${limit(machine.memoryFrom)}, ${cores}${limit(machine.coresFrom)}`;
}

/** `root` stands before /proc and /sys, for tests. */
export function measureMachine(root = '/'): MachineSize {
  const memory = cgroupMemory(root);
  const cores = cgroupCores(root);
  const machineMemory = totalmem();
  const machineCores = availableParallelism();
  return {
    memoryBytes: Math.min(memory, machineMemory),
    cores: Math.min(cores, machineCores),
    memoryFrom: memory < machineMemory ? 'cgroup' : 'machine',
    coresFrom: cores < machineCores ? 'cgroup' : 'machine',
  };
}

function cgroupMemory(root: string): number {
  const limits = [
    ...readUpwards(root, 'sys/fs/cgroup', pathOf(root, ''), 'memory.max'),
    ...readUpwards(root, 'sys/fs/cgroup/memory', pathOf(root, 'memory'), 'memory.limit_in_bytes'),
  ].map(Number);
  return least(limits);
}

function cgroupCores(root: string): number {
  const limits = readUpwards(root, 'sys/fs/cgroup', pathOf(root, ''), 'cpu.max').map((line) => {
    const [quota, period] = line.split(' ');
    return Number(quota) / Number(period);
  });
  const v1 = pathOf(root, 'cpu');
  const quotas = readUpwards(root, 'sys/fs/cgroup/cpu', v1, 'cpu.cfs_quota_us');
  const periods = readUpwards(root, 'sys/fs/cgroup/cpu', v1, 'cpu.cfs_period_us');
  quotas.forEach((quota, i) => {
    limits.push(Number(quota) / Number(periods[i]));
  });
  return least(limits);
}

/** Infinity when none is a positive number (`max`, -1). */
function least(limits: readonly number[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...limits.filter((limit) => limit > 0));
}

/** Path of our own group in the hierarchy of a v1 controller, or of v2 for ''. */
function pathOf(root: string, controller: string): string {
  for (const line of (read(join(root, 'proc/self/cgroup')) ?? '').split('\n')) {
    const [, controllers = '-', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes(controller)) return path;
  }
  return '/';
}

/** Every ancestor limits too; inside a container our path may not be mounted, then only what is there counts. */
function readUpwards(root: string, mount: string, path: string, file: string): string[] {
  const found: string[] = [];
  for (let at = join('/', path); ; at = dirname(at)) {
    const text = read(join(root, mount, at, file));
    if (text !== undefined) found.push(text.trim());
    if (at === '/') return found;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
