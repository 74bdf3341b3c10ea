/** Our own API: what came in, what was refused, and how the process stands. */
import { requestJson } from './client.ts';

export interface ProtocolIntake {
  readonly protocol: string;
  readonly requests: number;
  readonly points_accepted: number;
  readonly points_rejected: number;
  readonly points_repeated: number;
  readonly bytes: number;
  readonly failed_requests: number;
  readonly last_failure: string;
  readonly last_received_ms: number | null;
}

export interface Rejection {
  readonly protocol: string;
  readonly reason: string;
  readonly points: number;
  readonly last_message: string;
  readonly last_ms: number;
}

export interface IntakeStatus {
  readonly protocols: readonly ProtocolIntake[];
  readonly rejections: readonly Rejection[];
  readonly first_external_sample_ms: number | null;
}

export interface Listener {
  readonly name: string;
  readonly url: string;
  readonly state: string;
  readonly detail: string;
}

export interface SystemStatus {
  readonly version: string;
  readonly started_ms: number;
  readonly uptime_s: number;
  readonly preset: {
    readonly name: string;
    readonly reason: string;
    readonly memory_bytes: number;
    readonly cores: number;
  };
  readonly data_dir: string;
  readonly listeners: readonly Listener[];
  readonly tenants: number;
  readonly ready: boolean;
  readonly not_ready_reason: string;
  readonly token_required?: boolean;
  readonly retention: Readonly<Record<string, string>>;
  readonly store: Readonly<Record<string, number>>;
  readonly queries: { readonly running: number; readonly queued: number; readonly workers: number };
}

/** What was taken in and refused, by protocol, since the process began. */
export function fetchIntake(signal: AbortSignal): Promise<IntakeStatus> {
  return requestJson('/api/v1/status/intake', { signal });
}

/** Version, listeners, store and query workers of this process. */
export function fetchSystem(signal: AbortSignal): Promise<SystemStatus> {
  return requestJson('/api/v1/status/system', { signal });
}
