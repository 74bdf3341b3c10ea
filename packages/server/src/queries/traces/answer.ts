/** Answers of the trace APIs in a query thread. */
import { ApiError, JSON_TYPE, jsonAnswer } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import { answerJaeger } from './jaeger.ts';
import type { TraceApiRequest } from './requests.ts';
import { spanDetail } from './span-detail.ts';
import { answerTempo } from './tempo.ts';
import { traceColumns } from './trace-columns.ts';

/** Throws ApiError, and what the store throws. */
export function answerTraces(ask: TraceApiRequest, context: ExecuteContext): QueryAnswer {
  const { records, budget } = context;
  switch (ask.kind) {
    case 'trace columns': {
      const set = records.spanSet(ask.traceId, budget);
      if (set === null) throw new ApiError('not_found', `there is no trace ${ask.traceId}`);
      const body = traceColumns(set, budget);
      return { status: 200, contentType: JSON_TYPE, body };
    }
    case 'span detail': {
      const rows = records.trace(ask.traceId, budget, ask.spanId);
      const row = rows.find(({ record }) => record.spanId === ask.spanId);
      if (row !== undefined) return jsonAnswer(200, JSON.stringify(spanDetail(row)));
      const text = `there is no span ${ask.spanId} in a trace ${ask.traceId}`;
      throw new ApiError('not_found', text);
    }
    case 'jaeger services':
    case 'jaeger operations':
    case 'jaeger search':
    case 'jaeger traces':
    case 'jaeger transform':
    case 'jaeger dependencies':
      return answerJaeger(ask, context);
    default:
      return answerTempo(ask, context);
  }
}
