/** The catalogs of all signals. */
import { Catalog, SIGNALS, type Signal } from './catalog.ts';
import type { FileRef } from './flush/messages.ts';

export class Catalogs {
  readonly #bySignal: Readonly<Record<Signal, Catalog>>;

  /** `dir` is the data directory. */
  constructor(dir: string) {
    this.#bySignal = {
      metrics: new Catalog(dir, 'metrics'),
      logs: new Catalog(dir, 'logs'),
      spans: new Catalog(dir, 'spans'),
    };
  }

  of(signal: Signal): Catalog {
    return this.#bySignal[signal];
  }

  /** Lists what is on disk; returns the tenants found. */
  load(): Set<string> {
    return new Set(this.#all().flatMap((catalog) => catalog.load()));
  }

  add({ signal, tenant, fileName }: FileRef): void {
    this.of(signal).add(tenant, fileName);
  }

  /** Takes a file off its list; it is deleted when snapshots up to `lastSnapshot` were released. */
  remove({ signal, tenant, fileName }: FileRef, lastSnapshot: number): void {
    this.of(signal).remove(tenant, fileName, lastSnapshot);
  }

  sizeOf({ signal, tenant, fileName }: FileRef): number {
    return this.of(signal).sizeOf(tenant, fileName);
  }

  /** Every file that exists. */
  refs(): FileRef[] {
    return SIGNALS.flatMap((signal) => {
      const catalog = this.of(signal);
      return catalog
        .tenants()
        .flatMap((tenant) =>
          catalog.list(tenant).map(({ fileName }) => ({ signal, tenant, fileName })),
        );
    });
  }

  /** Deletes what no snapshot needs; `oldestSnapshot` is the smallest unreleased id, or Infinity. */
  sweep(oldestSnapshot: number): void {
    for (const catalog of this.#all()) catalog.sweep(oldestSnapshot);
  }

  get fileCount(): number {
    return this.#all().reduce((sum, { fileCount }) => sum + fileCount, 0);
  }

  get dropped(): number {
    return this.#all().reduce((sum, { dropped }) => sum + dropped, 0);
  }

  diskBytes(): number {
    return this.#all().reduce((sum, catalog) => sum + catalog.diskBytes(), 0);
  }

  #all(): Catalog[] {
    return SIGNALS.map((signal) => this.#bySignal[signal]);
  }
}
