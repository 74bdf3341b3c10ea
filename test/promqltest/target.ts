/** What the runner asks of the thing under test: an engine in this process or a server behind HTTP. */
import type { Histogram } from '@sightline/wire';

export interface Sample {
  /** Unix ms. */
  t: number;
  v: number;
  stale: boolean;
  h: Histogram | null;
  /** Where the server writes start times: Unix ms, 0 = unknown. */
  st: number;
}

export interface SampleSeries {
  /** Names and values in turn. */
  labels: string[];
  samples: Sample[];
}

/** A histogram in an answer: whole, or only what the HTTP API shows of it. */
export type AnswerHistogram =
  | { shape: 'full'; histogram: Histogram }
  | {
      shape: 'api';
      count: number;
      sum: number;
      buckets: { rule: number; lower: number; upper: number; count: number }[];
    };

export interface AnswerPoint {
  t: number;
  v: number;
  h: AnswerHistogram | null;
}

export interface AnswerSeries {
  labels: string[];
  points: AnswerPoint[];
}

export type Answer =
  | { ok: false; error: string }
  | {
      ok: true;
      type: 'scalar' | 'vector' | 'matrix' | 'string';
      series: AnswerSeries[];
      /** The one value of a scalar. */
      scalars: { t: number; v: number }[];
      text: string;
      warnings: string[];
      infos: string[];
    };

export type Query =
  | { kind: 'instant'; expr: string; timeMs: number }
  | { kind: 'range'; expr: string; startMs: number; endMs: number; stepMs: number };

export interface Target {
  /** Makes the samples visible to queries of this tenant. */
  load(tenant: string, series: readonly SampleSeries[]): Promise<void>;
  query(tenant: string, query: Query): Promise<Answer>;
}
