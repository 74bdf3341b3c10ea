/**
 * What a start does with the journal files that the last process left.
 *
 * Model: files are replayed in order, each into a head segment of the same number. All but the newest are frozen and flushed again
 * (files that already have them skip them); the newest goes on as the active one, its torn tail cut off. Sids in a file
 * are names local to it; they are mapped to fresh ones.
 *
 * Invariants: damage before the end of what was written is reported with file and offset and never ends the start; the
 * damaged file is kept beside the others as `<name>.damaged` for inspection when it is not merely torn at its end.
 */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import type { MetricBatch, MetricMetadata } from '@sightline/wire';
import type { StoredExemplar } from './flush/messages.ts';
import { journalNumber } from './journal-format.ts';
import { type JournalVisitor, readJournal } from './journal-reader.ts';
import type { Tenant } from './tenants.ts';

export interface RecoveryTarget {
  tenant(name: string): Tenant;
  series(tenant: Tenant, labels: Uint8Array): number;
  /** Appends rows whose handles are sids of this process to the segment being replayed. */
  rows(tenant: Tenant, batch: MetricBatch): void;
  digest(digest: Uint8Array, timeMs: number): void;
  notes(tenant: string, metadata: MetricMetadata[], exemplars: StoredExemplar[]): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** Numbers of the journal files in `dir`, ascending. */
export function journalNumbers(dir: string): number[] {
  mkdirSync(dir, { recursive: true });
  return readdirSync(dir)
    .map(journalNumber)
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
}

/** Replays one file; returns the length of its sound prefix in bytes (0: not even the header). */
export function replayJournal(path: string, target: RecoveryTarget): number {
  const result = readJournal(path, visitorFor(target));
  if (result.problem !== null) {
    const { offset, what } = result.problem;
    const lost = result.fileBytes - offset;
    target.log(
      'warn',
      `${path}: ${what} at byte ${offset}; ${lost} bytes after it are not readable`,
    );
    if (!what.startsWith('torn')) copyFileSync(path, `${path}.damaged`);
  }
  return result.soundBytes;
}

function visitorFor(target: RecoveryTarget): JournalVisitor {
  const tenants = new Map<number, Tenant>();
  const sids = new Map<number, number>();
  const tenantOf = (index: number): Tenant => {
    const tenant = tenants.get(index);
    if (tenant === undefined) throw new Error(`journal uses tenant ${index} before defining it`);
    return tenant;
  };
  return {
    tenant: (index, name) => {
      tenants.set(index, target.tenant(name));
    },
    series: (sid, tenant, labels) => {
      sids.set(sid, target.series(tenantOf(tenant), labels));
    },
    rows: (tenant, batch) => {
      mapHandles(batch, sids);
      if (batch.n > 0) target.rows(tenantOf(tenant), batch);
    },
    digest: (digest, timeMs) => target.digest(digest, timeMs),
    notes: (json) => {
      const notes: { tenant: string; metadata: MetricMetadata[]; exemplars: StoredExemplar[] } =
        JSON.parse(json);
      target.notes(notes.tenant, notes.metadata, notes.exemplars);
    },
  };
}

/** Replaces the file's sids by ours. A series that no longer fits a lowered limit loses its rows' place: they are skipped. */
function mapHandles(batch: MetricBatch, sids: ReadonlyMap<number, number>): void {
  let kept = 0;
  for (let i = 0; i < batch.n; i++) {
    const sid = sids.get(batch.series[i]) ?? 0;
    if (sid === 0) continue;
    batch.series[kept] = sid;
    if (kept !== i) moveRow(batch, i, kept);
    kept++;
  }
  batch.n = kept;
}

function moveRow(batch: MetricBatch, from: number, to: number): void {
  batch.t[to] = batch.t[from];
  batch.kind[to] = batch.kind[from];
  batch.lo[to] = batch.lo[from];
  batch.hi[to] = batch.hi[from];
  batch.st[to] = batch.st[from];
}
