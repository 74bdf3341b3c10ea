/**
 * The partition files that the flush thread has open for writing.
 *
 * Model: per tenant and partition the newest generation is written; when that one is sealed or damaged, the next generation is begun.
 * A damaged file is left alone, so that what can be read of it stays readable and nothing new depends on it. Bounded: the file that
 * was written longest ago is closed first.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptionError, FormatVersionError, withPlace } from '../blocks/errors.ts';
import { FOLDERS, type Signal } from '../catalog.ts';
import { type Partition, parseFileName, partitionFileName } from '../partition.ts';
import type { FileRef } from './messages.ts';

const MAX_OPEN = 64;

/** What is needed of a writer of one file. */
export interface FileWriter {
  /** Whether the file takes nothing more. */
  readonly sealed: boolean;
  /** Name of the file that this sealed one replaced, or ''. */
  readonly replaces: string;
  close(): void;
}

export class Writers<W extends FileWriter> {
  readonly #dir: string;
  readonly #signal: Signal;
  readonly #make: (path: string, tenant: string) => W;
  readonly #onDamaged: (problem: string) => void;
  readonly #open = new Map<string, W>();
  /** Sealed files by path, with the name of the file that each replaced ('' for none). */
  readonly #sealed = new Map<string, string>();
  /** Paths of files that turned out to be damaged. */
  readonly #damaged = new Set<string>();
  /** Paths of files that gave way to those of retention classes. */
  readonly #thinned = new Set<string>();
  /** Paths of files in which maintenance finds nothing to do until they are written again. */
  readonly #finished = new Set<string>();
  /** Files made here that a request may not list yet. */
  readonly #made: FileRef[] = [];

  /** Of one signal. `make` opens or creates a file; `onDamaged` is told of every damaged file once. */
  constructor(
    dir: string,
    signal: Signal,
    make: (path: string, tenant: string) => W,
    onDamaged: (problem: string) => void,
  ) {
    this.#dir = dir;
    this.#signal = signal;
    this.#make = make;
    this.#onDamaged = onDamaged;
  }

  pathOf(ref: FileRef): string {
    return join(this.#dir, 'tenants', ref.tenant, FOLDERS[ref.signal], ref.fileName);
  }

  /** The file to write a partition to; `files` are those that exist. */
  forPartition(
    tenant: string,
    partition: Partition,
    files: readonly FileRef[],
  ): { ref: FileRef; writer: W } {
    const newest = this.#newestGeneration(tenant, partition, [...files, ...this.#made]);
    for (let generation = Math.max(1, newest); ; generation++) {
      const ref = {
        signal: this.#signal,
        tenant,
        fileName: partitionFileName(partition, generation),
      };
      if (this.isDamaged(ref) || this.#thinned.has(this.pathOf(ref))) continue;
      try {
        const writer = this.open(ref);
        if (!writer.sealed) {
          this.#finished.delete(this.pathOf(ref));
          return { ref, writer };
        }
        this.close(ref);
      } catch (error) {
        if (!this.foundDamaged(ref, error)) throw error;
      }
    }
  }

  /** Whether the error says that the file is damaged; if so, it is left alone from now on. */
  foundDamaged(ref: FileRef, error: unknown): boolean {
    const path = this.pathOf(ref);
    const cause = withPlace(error, path);
    if (!(cause instanceof CorruptionError || cause instanceof FormatVersionError)) return false;
    this.close(ref);
    this.#damaged.add(path);
    this.#onDamaged(`${cause.message}; nothing more is written to this file`);
    return true;
  }

  isFinished(ref: FileRef): boolean {
    return this.#finished.has(this.pathOf(ref));
  }

  /** Maintenance has nothing to do in this file until it is written to. */
  finished(ref: FileRef): void {
    this.#finished.add(this.pathOf(ref));
  }

  isDamaged(ref: FileRef): boolean {
    return this.#damaged.has(this.pathOf(ref));
  }

  open(ref: FileRef): W {
    const path = this.pathOf(ref);
    let writer = this.#open.get(path);
    if (writer === undefined) {
      mkdirSync(join(this.#dir, 'tenants', ref.tenant, FOLDERS[ref.signal]), { recursive: true });
      writer = this.#make(path, ref.tenant);
    }
    this.#open.delete(path);
    this.#open.set(path, writer);
    this.#bound();
    return writer;
  }

  /** Whether a file is sealed; cheap after the first time. */
  isSealed(ref: FileRef): boolean {
    const path = this.pathOf(ref);
    if (this.#sealed.has(path)) return true;
    if (this.#open.has(path)) return false;
    const writer = this.open(ref);
    if (!writer.sealed) return false;
    this.#sealed.set(path, writer.replaces);
    this.close(ref);
    return true;
  }

  /** The file that a sealed one replaced, or ''. */
  replacedBy(ref: FileRef): string {
    return this.#sealed.get(this.pathOf(ref)) ?? '';
  }

  /** A sealed file has come to be beside the one it replaces. */
  replaced(old: FileRef, by: FileRef): void {
    this.close(old);
    this.#made.push(by);
    this.#sealed.set(this.pathOf(by), old.fileName);
  }

  /** Files of retention classes have come to be in place of this one. */
  thinned(ref: FileRef): void {
    this.close(ref);
    this.#thinned.add(this.pathOf(ref));
  }

  close(ref: FileRef): void {
    const path = this.pathOf(ref);
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  closeAll(): void {
    for (const writer of this.#open.values()) writer.close();
    this.#open.clear();
  }

  #bound(): void {
    for (const [path, writer] of this.#open) {
      if (this.#open.size <= MAX_OPEN) return;
      writer.close();
      this.#open.delete(path);
    }
  }

  #newestGeneration(tenant: string, partition: Partition, files: readonly FileRef[]): number {
    let newest = 0;
    for (const ref of files) {
      if (ref.tenant !== tenant || ref.signal !== this.#signal) continue;
      const file = parseFileName(ref.fileName);
      if (file?.partition.name !== partition.name) continue;
      // The file that a class's was made from is gone, and its name is not used again.
      const isGone = file.retentionClass !== '';
      newest = Math.max(newest, file.generation + (isGone ? 1 : 0));
    }
    return newest;
  }
}
