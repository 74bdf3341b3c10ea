/**
 * What the main thread and the flush thread say to each other.
 *
 * Model: the flush thread is the only writer of partition files. It is asked to flush one frozen segment at a time and answers
 * with the files it wrote; between flushes it merges and seals in small steps. A failed flush is asked for again.
 */
import type { MetricMetadata } from '@sightline/wire';
import type { Signal } from '../catalog.ts';
import type { SharedSegments } from '../segments.ts';
import type { SharedSeries } from '../series.ts';
import type { ThinTask } from './thin.ts';

export interface FlushWorkerData extends SharedSegments {
  /** Data directory. */
  dir: string;
  /** The directory's fingerprint key. */
  key: Uint32Array;
  series: SharedSeries;
}

/** What else belongs to the segment: not samples, small. */
export interface TenantNotes {
  metadata: MetricMetadata[];
  /** JSON texts `{series, labels, value, t}` with label pairs. */
  exemplars: StoredExemplar[];
}

export interface StoredExemplar {
  /** Names and values in turn. */
  series: string[];
  labels: string[];
  value: number;
  /** Unix ms. */
  t: number;
}

export interface FileRef {
  signal: Signal;
  tenant: string;
  fileName: string;
}

export type FlushRequest =
  | {
      type: 'flush';
      slot: number;
      /** Tenant names by index, as far as the segment uses them. */
      tenants: string[];
      notes: [tenant: string, notes: TenantNotes][];
      /** Partition files that exist, so that the writer never reuses a sealed one. */
      files: FileRef[];
    }
  /**
   * Merge, seal files whose time ended `sealAfterMs` before `nowMs`, and thin those of `thin`; flushes come first. No snapshot has, now or later, a head segment
   * below `belowSeq`.
   */
  | {
      type: 'maintain';
      files: FileRef[];
      nowMs: number;
      sealAfterMs: number;
      belowSeq: number;
      thin: ThinTask[];
    }
  /** Close these before they are deleted. */
  | { type: 'forget'; files: FileRef[] }
  | { type: 'stop' };

export type FlushReply =
  | {
      type: 'flushed';
      slot: number;
      files: FileRef[];
      samples: number;
      logs: number;
      spans: number;
      bytes: number;
      tookMs: number;
    }
  | { type: 'failed'; what: 'flush' | 'maintain'; error: string }
  /** A file was found to be damaged and is left alone from now on; the request goes on. */
  | { type: 'damaged'; problem: string }
  | { type: 'maintained' }
  | { type: 'merged'; merges: number; tookMs: number }
  | { type: 'sealed'; replaced: FileRef; by: FileRef }
  /** `by` has what retention classes keep of a file. */
  | { type: 'thinned'; replaced: FileRef; by: FileRef[] }
  | { type: 'idle' }
  | { type: 'stopped' };
