/**
 * Jaeger's search: traces that have one span of the service with the operation, all tags, the duration and the start that were
 * asked for.
 *
 * Model: the store finds candidates by what it has indexed (TraceFilter), whole traces are read, and a trace counts when one of its spans
 * has everything. A tag is looked for among the attributes of the span, of its events and links, and of its resource, and is
 * compared as text.
 *
 * `error=true` means spans with status error and also those with such an attribute; the store indexes the two differently, so they are
 * two searches whose results are merged.
 */
import type { FieldHint, RecordQuerier, SpanRow, TraceFilter, TraceRef } from '@sightline/store';
import type { SpanField } from '@sightline/wire';
import type { ThreadBudget } from '../budget.ts';
import { JAEGER_KINDS, serviceOf } from './jaeger-json.ts';
import type { SpanSearch } from './requests.ts';
import { compareNanos, durationOf } from './times.ts';

const ERROR = 2;
const STATUS_TEXTS = ['UNSET', 'OK', 'ERROR'];

/** Newest first; at most `search.limit`. Throws what the budget throws. */
export function* findTraces(
  search: SpanSearch,
  records: RecordQuerier,
  budget: ThreadBudget,
): Iterable<{ traceId: string; rows: SpanRow[] }> {
  let left = search.limit;
  for (const { traceId } of candidates(search, records, budget)) {
    if (left <= 0) return;
    budget.poll();
    const rows = records.trace(traceId, budget);
    if (!rows.some((row) => hasAll(row, search))) continue;
    left--;
    yield { traceId, rows };
  }
}

function candidates(
  search: SpanSearch,
  records: RecordQuerier,
  budget: ThreadBudget,
): Iterable<TraceRef> {
  const filter: TraceFilter = {
    wants: (stream) => search.service === '' || serviceOf(stream) === search.service,
    from: search.from,
    to: search.to,
    names: search.operation === '' ? [] : [search.operation],
    fields: search.tags.flatMap(hintOf),
    errors: false,
    minDuration: search.minDuration,
    maxDuration: search.maxDuration,
    budget,
  };
  const wantsErrors = search.tags.some(([key, value]) => key === 'error' && value === 'true');
  if (!wantsErrors) return records.traces(filter);
  const flagged = { ...filter, fields: [...filter.fields, { names: ['error'], value: 'true' }] };
  return merged(records.traces({ ...filter, errors: true }), records.traces(flagged));
}

/** What the store can look up: tags that are no attributes are decided on the spans alone. */
function hintOf([key, value]: readonly [string, string]): FieldHint[] {
  if (key === 'error' || key === 'span.kind' || key === 'otel.status_code') return [];
  return [{ names: namesOf(key), value }];
}

/** Older translations called the scope a library. */
function namesOf(key: string): string[] {
  if (key === 'otel.library.name') return ['otel.scope.name', key];
  if (key === 'otel.library.version') return ['otel.scope.version', key];
  return [key];
}

/** Two lists, newest first with ties by ascending id, as one in that order; each trace once. */
function* merged(first: Iterable<TraceRef>, second: Iterable<TraceRef>): Iterable<TraceRef> {
  const seen = new Set<string>();
  const sides = [first[Symbol.iterator](), second[Symbol.iterator]()];
  const heads = sides.map((side) => side.next());
  for (;;) {
    const [a, b] = heads;
    if (a.done === true && b.done === true) return;
    const takeFirst = b.done === true || (a.done !== true && newerFirst(a.value, b.value) <= 0);
    const side = takeFirst ? 0 : 1;
    const { value } = heads[side];
    heads[side] = sides[side].next();
    if (seen.has(value.traceId)) continue;
    seen.add(value.traceId);
    yield value;
  }
}

function newerFirst(a: TraceRef, b: TraceRef): number {
  return (
    compareNanos(b.startLo, b.startHi, a.startLo, a.startHi) || (a.traceId < b.traceId ? -1 : 1)
  );
}

function hasAll(row: SpanRow, search: SpanSearch): boolean {
  const { service, operation, tags, from, to, minDuration, maxDuration } = search;
  if (service !== '' && serviceOf(row.stream) !== service) return false;
  if (compareNanos(row.startLo, row.startHi, from.lo, from.hi) < 0) return false;
  if (compareNanos(row.startLo, row.startHi, to.lo, to.hi) > 0) return false;
  const duration = durationOf(row);
  if (duration < minDuration || duration > maxDuration) return false;
  if (operation !== '' && row.record.name !== operation) return false;
  return tags.every(([key, value]) => hasTag(row, key, value));
}

function hasTag(row: SpanRow, key: string, value: string): boolean {
  switch (key) {
    case 'error': {
      const isError = row.status === ERROR || hasAttribute(row, [key], 'true');
      if (value === 'true') return isError;
      if (value === 'false') return !isError;
      break;
    }
    case 'span.kind':
      if (JAEGER_KINDS[row.kind] === value) return true;
      break;
    case 'otel.status_code':
      if (STATUS_TEXTS[row.status] === value) return true;
      break;
  }
  return hasAttribute(row, namesOf(key), value);
}

function hasAttribute(row: SpanRow, names: readonly string[], value: string): boolean {
  const has = (fields: readonly SpanField[]): boolean =>
    fields.some((field) => field.value === value && names.includes(field.key));
  const { record } = row;
  return (
    has(record.fields) ||
    names.some((name) => row.stream.get(name) === value && value !== '') ||
    record.events.some(
      ({ name, fields }) => has(fields) || (name === value && names[0] === 'event'),
    ) ||
    record.links.some(({ fields }) => has(fields))
  );
}
