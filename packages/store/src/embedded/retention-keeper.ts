/**
 * Which partition files retention ends, and what it has deleted.
 *
 * Model: a file with everything is over when all of its time is older than its signal is kept. Where classes are kept for longer,
 * the flush thread first copies what they keep into files of their own (flush/thin.ts), which are over when their class is; a class that
 * the configuration no longer has is kept as long as everything.
 *
 * Invariants: a file goes by the retention clock only (retention.ts); what was deleted is counted by the class that ended.
 */
import type { CatalogFile, Signal } from './catalog.ts';
import { SIGNALS } from './catalog.ts';
import type { Catalogs } from './catalogs.ts';
import type { Directory } from './directory.ts';
import type { FileRef } from './flush/messages.ts';
import type { ThinTask } from './flush/thin.ts';
import { RetentionClock } from './retention.ts';
import type { RecordClass, RetentionPolicy, RetentionReport } from './retention-policy.ts';

export class RetentionKeeper {
  policy: RetentionPolicy;
  readonly #directory: Directory;
  readonly #catalogs: Catalogs;
  readonly #clock: RetentionClock;

  constructor(directory: Directory, catalogs: Catalogs, policy: RetentionPolicy) {
    this.#directory = directory;
    this.#catalogs = catalogs;
    this.policy = policy;
    this.#clock = new RetentionClock(directory);
  }

  /** Oldest time of which everything is kept, Unix ms; -Infinity for `forever`. */
  minTime(signal: Signal): number {
    return this.#clock.nowMs - this.policy[signal].keepMs;
  }

  /** Takes files that are over off their lists and returns them. */
  drop(nowMs: number, lastSnapshot: number): FileRef[] {
    this.#clock.tick(nowMs);
    const over = SIGNALS.flatMap((signal) =>
      this.#files(signal).filter(
        ({ file }) => this.#isOver(signal, file) && this.#survivors(signal, file).length === 0,
      ),
    );
    for (const { ref, file } of over) {
      const ended = this.#classOf(ref.signal, file)?.name ?? '';
      this.#count(ref.signal, ended, this.#catalogs.sizeOf(ref));
      this.#catalogs.remove(ref, lastSnapshot);
    }
    return over.map(({ ref }) => ref);
  }

  /** Files that are over except for what classes keep. */
  tasks(): ThinTask[] {
    return (['logs', 'spans'] as const).flatMap((signal) =>
      this.#files(signal)
        .filter(({ file }) => this.#isOver(signal, file))
        .map(({ ref, file }) => ({ ref, classes: this.#survivors(signal, file) }))
        .filter(({ classes }) => classes.length > 0),
    );
  }

  /** `by` has what classes keep of `ref`. */
  thinned(ref: FileRef, by: readonly FileRef[], lastSnapshot: number): void {
    const kept = by.reduce((sum, file) => sum + this.#catalogs.sizeOf(file), 0);
    this.#count(ref.signal, '', Math.max(0, this.#catalogs.sizeOf(ref) - kept));
    for (const file of by) this.#catalogs.add(file);
    this.#catalogs.remove(ref, lastSnapshot);
  }

  report(): RetentionReport[] {
    return SIGNALS.flatMap((signal) =>
      [{ name: '', keepMs: this.policy[signal].keepMs }, ...this.#classes(signal)].map(
        ({ name, keepMs }) => {
          const files = this.#files(signal).filter(({ file }) => file.retentionClass === name);
          return {
            signal,
            name,
            keepMs,
            files: files.length,
            bytes: files.reduce((sum, { ref }) => sum + this.#catalogs.sizeOf(ref), 0),
            deletedBytes: Number(this.#directory.get(counterOf(signal, name)) ?? 0),
          };
        },
      ),
    );
  }

  #isOver(signal: Signal, file: CatalogFile): boolean {
    const { keepMs } = this.#classOf(signal, file) ?? this.policy[signal];
    return file.endMs <= this.#clock.nowMs - keepMs;
  }

  #classOf(signal: Signal, { retentionClass }: CatalogFile): RecordClass | undefined {
    return this.#classes(signal).find(({ name }) => name === retentionClass);
  }

  /** The classes that may keep something of a file that is over, the longest first. */
  #survivors(signal: Signal, { endMs, retentionClass }: CatalogFile): RecordClass[] {
    if (retentionClass !== '') return [];
    return this.#classes(signal)
      .filter(({ keepMs }) => endMs > this.#clock.nowMs - keepMs)
      .sort((a, b) => (a.keepMs === b.keepMs ? 0 : b.keepMs - a.keepMs));
  }

  #classes(signal: Signal): RecordClass[] {
    return signal === 'metrics' ? [] : [...this.policy[signal].classes];
  }

  #files(signal: Signal): { ref: FileRef; file: CatalogFile }[] {
    const catalog = this.#catalogs.of(signal);
    return catalog
      .tenants()
      .flatMap((tenant) =>
        catalog
          .list(tenant)
          .map((file) => ({ ref: { signal, tenant, fileName: file.fileName }, file })),
      );
  }

  #count(signal: Signal, name: string, bytes: number): void {
    const key = counterOf(signal, name);
    this.#directory.set(key, Number(this.#directory.get(key) ?? 0) + bytes);
  }
}

function counterOf(signal: Signal, name: string): string {
  return `deleted_bytes ${signal} ${name}`;
}
