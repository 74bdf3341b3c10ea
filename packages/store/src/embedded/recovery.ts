/**
 * What a start does with the journal files that the last process left.
 *
 * Model: files are replayed in order, each into a head segment of the same number. All but the newest are frozen and flushed again
 * (files that already have them skip them); the newest goes on as the active one, its torn tail cut off, unless it is damaged before its
 * end: then it is frozen too. Sids in a file are names local to it; they are mapped to fresh ones.
 *
 * Invariants: damage is reported with file and offset and never ends the start; what is lost is counted; the damaged file is
 * kept beside the others as `<name>.damaged` for inspection when it is not merely torn at its end. Rows are never given to another
 * series or tenant than theirs: those whose series was defined in a lost frame are lost with it.
 */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { LogBatch, type MetricBatch, type MetricMetadata } from '@sightline/wire';
import type { StoredExemplar } from './flush/messages.ts';
import { journalNumber } from './journal-format.ts';
import { type JournalVisitor, readJournal } from './journal-reader.ts';
import type { RecordBatch } from './segments.ts';
import type { Tenant } from './tenants.ts';

export interface RecoveryTarget {
  tenant(name: string): Tenant;
  series(tenant: Tenant, labels: Uint8Array): number;
  /** Appends rows whose handles are sids of this process to the segment being replayed. */
  rows(tenant: Tenant, batch: MetricBatch | RecordBatch): void;
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

export interface Replayed {
  /** Where the next frame may be appended; 0 when the file must not be gone on with. */
  appendAt: number;
  /** Frames that were read; 0: the file is of no use. */
  frames: number;
  /** Bytes of frames that could not be read; a torn tail was not acknowledged and does not count. */
  lostBytes: number;
}

/** Replays one file. */
export function replayJournal(path: string, target: RecoveryTarget): Replayed {
  const visitor = new ReplayVisitor(target);
  const { fileBytes, soundBytes, frames, losses } = readJournal(path, visitor);
  let lostBytes = 0;
  for (const { offset, bytes, what } of losses) {
    const lost = bytes === 0 ? 'nothing is lost' : `${bytes} bytes cannot be read`;
    target.log('warn', `${path}: ${what} at byte ${offset}; ${lost}`);
    if (!isTorn(what)) lostBytes += bytes;
  }
  if (visitor.lostRows > 0) {
    target.log(
      'warn',
      `${path}: ${visitor.lostRows} samples or records are lost with what defined their series`,
    );
  }
  if (losses.some(({ what }) => !isTorn(what))) copyFileSync(path, `${path}.damaged`);
  const [first] = losses;
  const atEnd = first === undefined || first.offset + first.bytes === fileBytes;
  return { appendAt: atEnd ? soundBytes : 0, frames, lostBytes };
}

function isTorn(what: string): boolean {
  return what.startsWith('torn');
}

class ReplayVisitor implements JournalVisitor {
  /** Rows after a gap whose series or tenant is not known. */
  lostRows = 0;
  readonly #target: RecoveryTarget;
  readonly #tenants = new Map<number, Tenant>();
  readonly #sids = new Map<number, number>();
  #hasGap = false;

  constructor(target: RecoveryTarget) {
    this.#target = target;
  }

  gap(forget: boolean): void {
    this.#hasGap = true;
    if (!forget) return;
    this.#tenants.clear();
    this.#sids.clear();
  }

  tenant(index: number, name: string): void {
    this.#tenants.set(index, this.#target.tenant(name));
  }

  series(sid: number, index: number, labels: Uint8Array): void {
    const tenant = this.#tenant(index);
    if (tenant !== undefined) this.#sids.set(sid, this.#target.series(tenant, labels));
  }

  rows(index: number, batch: MetricBatch): void {
    const tenant = this.#tenant(index);
    if (this.#hasGap) this.#countLost(batch.series, batch.n);
    if (tenant === undefined) return;
    mapHandles(batch, this.#sids);
    if (batch.n > 0) this.#target.rows(tenant, batch);
  }

  records(index: number, batch: RecordBatch): void {
    const tenant = this.#tenant(index);
    if (this.#hasGap) this.#countLost(batch.stream, batch.n);
    if (tenant === undefined) return;
    mapStreams(batch, this.#sids);
    if (batch.n > 0) this.#target.rows(tenant, batch);
  }

  digest(digest: Uint8Array, timeMs: number): void {
    this.#target.digest(digest, timeMs);
  }

  notes(json: string): void {
    const notes: { tenant: string; metadata: MetricMetadata[]; exemplars: StoredExemplar[] } =
      JSON.parse(json);
    this.#target.notes(notes.tenant, notes.metadata, notes.exemplars);
  }

  #tenant(index: number): Tenant | undefined {
    const tenant = this.#tenants.get(index);
    if (tenant === undefined && !this.#hasGap)
      throw new Error(`journal uses tenant ${index} before defining it`);
    return tenant;
  }

  #countLost(sids: Uint32Array, n: number): void {
    for (let i = 0; i < n; i++) if (!this.#sids.has(sids[i])) this.lostRows++;
  }
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

/** As `mapHandles`; the bytes of a record that is skipped stay where they are. */
function mapStreams(batch: RecordBatch, sids: ReadonlyMap<number, number>): void {
  let kept = 0;
  for (let i = 0; i < batch.n; i++) {
    const sid = sids.get(batch.stream[i]) ?? 0;
    if (sid === 0) continue;
    batch.stream[kept] = sid;
    if (kept !== i) moveRecord(batch, i, kept);
    kept++;
  }
  batch.n = kept;
}

function moveRecord(batch: RecordBatch, from: number, to: number): void {
  const columns =
    batch instanceof LogBatch
      ? [batch.tLo, batch.tHi, batch.severity]
      : [batch.startLo, batch.startHi, batch.endLo, batch.endHi, batch.kind, batch.status];
  for (const column of [batch.at, batch.length, ...columns]) column[to] = column[from];
}
