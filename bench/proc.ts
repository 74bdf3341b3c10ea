/** CPU and memory of a process tree, from /proc (Linux). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process, its ended children and its living descendants, in seconds. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const one of treeOf(pid)) {
    const fields = statFields(one);
    // utime, stime, cutime, cstime are fields 14..17 of /proc/PID/stat; the slice begins at field 3.
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory of the tree now, in bytes. */
export function residentBytes(pid: number): number {
  return sumStatus(pid, 'VmRSS');
}

/** Resident memory of one process now, in bytes. */
export function ownResidentBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS');
}

/** Sum of the highest resident memory that each process of the tree has had, in bytes. */
export function peakResidentBytes(pid: number): number {
  return sumStatus(pid, 'VmHWM');
}

/** As `du -sb`: the apparent sizes of all files and directories below a path. */
export function directoryBytes(path: string): number {
  let sum = statSync(path).size;
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

function sumStatus(pid: number, field: string): number {
  return treeOf(pid).reduce((sum, one) => sum + statusBytes(one, field), 0);
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      parents.set(pid, Number(statFields(pid)[1]));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}
