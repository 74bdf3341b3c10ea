/** `/detected_labels`, `/detected_fields` and `/detected_field/<name>/values`: what Logs Drilldown offers to filter by. */
import { detectedFields, logSeries } from '@sightline/query';
import type { QueryBudget, RecordQuerier } from '@sightline/store';
import { ApiError, jsonAnswer } from '../answers.ts';
import type { QueryAnswer } from '../requests.ts';
import { parsedQuery } from './query.ts';
import type { LokiRequest } from './requests.ts';
import { matchersOf } from './selectors.ts';

/** Labels with more values are no good for choosing, but for these (pkg/querier/querier.go). */
const MAX_CARDINALITY = 50;
const ALWAYS = new Set(['cluster', 'namespace', 'instance', 'pod', 'service_name']);
const ID = /^(?:\d+(?:\.\d+)?|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;

export function answerDetectedLabels(
  ask: Extract<LokiRequest, { kind: 'detected_labels' }>,
  records: RecordQuerier,
): QueryAnswer {
  const values = new Map<string, Set<string>>();
  for (const labels of logSeries(records, ask, [matchersOf(ask.query)])) {
    const pairs = labels.toPairs();
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const name = pairs[i] ?? '';
      const known = values.get(name) ?? new Set<string>();
      known.add(pairs[i + 1] ?? '');
      values.set(name, known);
    }
  }
  const detected = [...values]
    .filter(([name, of]) => ALWAYS.has(name) || (of.size <= MAX_CARDINALITY && !isIds(of)))
    .map(([label, { size }]) => ({ label, cardinality: size }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  return jsonAnswer(200, JSON.stringify({ detectedLabels: detected }));
}

/** Whether all are numbers or UUIDs. */
function isIds(values: ReadonlySet<string>): boolean {
  for (const value of values) if (!ID.test(value)) return false;
  return true;
}

export function answerDetectedFields(
  ask: Extract<LokiRequest, { kind: 'detected_fields' }>,
  records: RecordQuerier,
  budget: QueryBudget,
): QueryAnswer {
  const expr = parsedQuery(ask.query);
  if (expr.kind !== 'log') throw new ApiError('bad_data', 'only log queries have fields');
  const { field, limit } = ask;
  const fields = detectedFields(records, expr, ask, budget);
  if (field !== '') {
    const values = fields.find(({ label }) => label === field)?.values ?? [];
    return jsonAnswer(200, JSON.stringify({ values, limit }));
  }
  const shown = fields.map(({ label, type, cardinality, parsers }) => {
    return { label, type, cardinality, parsers: parsers.length === 0 ? null : parsers };
  });
  return jsonAnswer(200, JSON.stringify({ fields: shown, limit }));
}
