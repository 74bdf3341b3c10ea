/** Our own API: what came in, what was refused, and how the process stands. */
import type { AnswerOf } from './answer-of.ts';
import { requestJson } from './client.ts';

export type IntakeStatus = AnswerOf<'getIntakeStatus'>;
export type SystemStatus = AnswerOf<'getSystemStatus'>;
export type Listener = SystemStatus['listeners'][number];

/** What was taken in and refused, by protocol, since the process began. */
export function fetchIntake(signal: AbortSignal): Promise<IntakeStatus> {
  return requestJson('/api/v1/status/intake', { signal });
}

/** Version, listeners, store and query workers of this process. */
export function fetchSystem(signal: AbortSignal): Promise<SystemStatus> {
  return requestJson('/api/v1/status/system', { signal });
}
