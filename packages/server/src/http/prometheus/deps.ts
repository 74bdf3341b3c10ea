import type { QueryPool } from '../../queries/pool.ts';
import type { TargetsView } from './targets.ts';

/** What the routes of the Prometheus API need. */
export interface PrometheusDeps {
  queries: Pick<QueryPool, 'run'>;
  targets: TargetsView;
  /** Read on every request, so that a reload can change them. */
  limits(): { timeoutMs: number; lookbackMs: number };
  status: StatusSource;
  /** Unix ms. */
  now(): number;
}

/** What `/api/v1/status/*` tells. */
export interface StatusSource {
  version: string;
  startedMs: number;
  /** Values of the settings by flag name without dashes; secrets are hidden. */
  flags(): Record<string, string>;
  /** The effective configuration as YAML; secrets are hidden. */
  configYaml(): Promise<string>;
  retention(): string;
  /** Whether the last reload of the configuration went well, and when (Unix ms). */
  reload(): { ok: boolean; atMs: number };
}
