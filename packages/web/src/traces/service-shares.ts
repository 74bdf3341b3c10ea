import { ERROR_STATUS } from './trace.ts';
import type { TraceModel } from './use-trace.ts';

export interface ServiceShare {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
  /** Time of its spans on the critical path. */
  readonly criticalUs: number;
}

/** The services of a trace, the greatest part of the critical path first. */
export function serviceShares({
  trace,
  path,
}: Pick<TraceModel, 'trace' | 'path'>): readonly ServiceShare[] {
  const shares = trace.services.map((name) => ({ name, spans: 0, errors: 0, criticalUs: 0 }));
  for (let row = 0; row < trace.n; row += 1) {
    const share = shares[trace.service[row] ?? 0];
    if (share === undefined) continue;
    share.spans += 1;
    if (trace.status[row] === ERROR_STATUS) share.errors += 1;
    share.criticalUs += path.ownUs[row] ?? 0;
  }
  return shares.sort((a, b) => b.criticalUs - a.criticalUs || b.spans - a.spans);
}
