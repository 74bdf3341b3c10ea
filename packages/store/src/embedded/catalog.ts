/**
 * Which partition files of one signal exist, per tenant, and when a file that is no longer listed may be deleted.
 *
 * Model: the flush thread makes files; the main thread lists them here and puts the list into every snapshot. A file that was
 * replaced or has left retention is taken off the list at once and unlinked when every snapshot that may name it was released.
 *
 * Invariant: a file is listed or those of retention classes that were made from it, never both: after a crash the file that was not yet
 * deleted counts, and they are made anew.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordSignal } from '../records.ts';
import { isUnfinished } from './day-file.ts';
import { type PartitionFile, parseFileName } from './partition.ts';
import { replacedFile } from './records/replaced-file.ts';

export type Signal = 'metrics' | RecordSignal;
export const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'spans'];

/** Folder of a tenant's files of a signal. */
export const FOLDERS: Readonly<Record<Signal, string>> = {
  metrics: 'metrics',
  logs: 'logs',
  spans: 'traces',
};
export const METRICS = FOLDERS.metrics;

/** A file as a snapshot lists it; times in Unix ms, end exclusive. */
export interface CatalogFile {
  fileName: string;
  startMs: number;
  endMs: number;
  /** Name of the retention class whose records it has; '' for everything. */
  retentionClass: string;
}

export class Catalog {
  readonly #dir: string;
  readonly #folder: string;
  readonly #files = new Map<string, Map<string, PartitionFile>>();
  readonly #lists = new Map<string, CatalogFile[]>();
  #removals: { afterSnapshot: number; path: string }[] = [];
  dropped = 0;

  /** `dir` is the data directory. */
  constructor(dir: string, signal: Signal) {
    this.#dir = dir;
    this.#folder = FOLDERS[signal];
  }

  /** Lists what is on disk; returns the tenants found. */
  load(): string[] {
    const root = join(this.#dir, 'tenants');
    mkdirSync(root, { recursive: true });
    const tenants = readdirSync(root, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of tenants) {
      const folder = join(root, name, this.#folder);
      if (!existsSync(folder)) continue;
      for (const fileName of readdirSync(folder)) {
        const path = join(folder, fileName);
        if (fileName.endsWith('.tmp')) rmSync(path, { force: true });
        else if (parseFileName(fileName) === null) continue;
        else if (isUnfinished(path, statSync(path).size)) removeFile(path);
        else this.add(name, fileName);
      }
      this.#dropUnfinished(name, folder);
    }
    return tenants.map(({ name }) => name);
  }

  /** Deletes files of retention classes whose source is still there. */
  #dropUnfinished(tenant: string, folder: string): void {
    const files = this.#files.get(tenant) ?? new Map<string, PartitionFile>();
    const whole = [...files.values()].filter(({ retentionClass }) => retentionClass === '');
    const partitions = new Set(whole.map(({ partition }) => partition.name));
    for (const [fileName, { partition, retentionClass }] of files) {
      if (retentionClass === '' || !partitions.has(partition.name)) continue;
      const path = join(folder, fileName);
      if (!files.has(sourceOf(path))) continue;
      removeFile(path);
      files.delete(fileName);
    }
  }

  /** Adds a file by name; other names than those of partition files are ignored. */
  add(tenant: string, fileName: string): void {
    const file = parseFileName(fileName);
    if (file === null) return;
    const files = this.#files.get(tenant) ?? new Map<string, PartitionFile>();
    files.set(fileName, file);
    this.#files.set(tenant, files);
    this.#lists.delete(tenant);
  }

  /** The tenant's files, oldest partition first. */
  list(tenant: string): CatalogFile[] {
    const known = this.#lists.get(tenant);
    if (known !== undefined) return known;
    const files = [...(this.#files.get(tenant)?.values() ?? [])];
    files.sort((a, b) => a.partition.startMs - b.partition.startMs || a.generation - b.generation);
    const list = files.map(({ fileName, partition, retentionClass }) => ({
      fileName,
      startMs: partition.startMs,
      endMs: partition.endMs,
      retentionClass,
    }));
    this.#lists.set(tenant, list);
    return list;
  }

  tenants(): string[] {
    return [...this.#files.keys()];
  }

  get fileCount(): number {
    let count = 0;
    for (const files of this.#files.values()) count += files.size;
    return count;
  }

  /** Takes a file off the list; it is deleted when snapshots up to `lastSnapshot` were released. */
  remove(tenant: string, fileName: string, lastSnapshot: number): void {
    if (this.#files.get(tenant)?.delete(fileName) !== true) return;
    this.#lists.delete(tenant);
    this.#removals.push({
      afterSnapshot: lastSnapshot,
      path: join(this.#dir, 'tenants', tenant, this.#folder, fileName),
    });
  }

  /** Deletes what no snapshot needs; `oldestSnapshot` is the smallest unreleased id, or Infinity. */
  sweep(oldestSnapshot: number): void {
    this.#removals = this.#removals.filter(({ afterSnapshot, path }) => {
      if (afterSnapshot >= oldestSnapshot) return true;
      removeFile(path);
      this.dropped++;
      return false;
    });
  }

  /** Bytes of all listed files with their write-ahead logs. */
  diskBytes(): number {
    let sum = 0;
    for (const [tenant, files] of this.#files) {
      for (const fileName of files.keys()) sum += this.sizeOf(tenant, fileName);
    }
    return sum;
  }

  /** Bytes of a file with its write-ahead log. */
  sizeOf(tenant: string, fileName: string): number {
    const path = join(this.#dir, 'tenants', tenant, this.#folder, fileName);
    return ['', '-wal', '-shm'].reduce(
      (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }
}

/** Name of the file that a retention class's file was made from; '' when it cannot be read: queries tell what is damaged. */
function sourceOf(path: string): string {
  try {
    return replacedFile(path);
  } catch {
    return '';
  }
}

function removeFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}
