/** Counts of log records by stream, severity and interval. */
import type { LogCount, LogRequest } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';

export function countLogs(
  _inputs: RecordInputs,
  _request: LogRequest,
  _intervalMs: number,
): LogCount[] {
  return [];
}
