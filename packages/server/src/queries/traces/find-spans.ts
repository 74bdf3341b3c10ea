/**
 * Jaeger's search: traces that have one span of the service with the operation, all tags, the duration and the start that were
 * asked for.
 *
 * Model: the store finds candidates by what it has indexed (TraceFilter), whole traces are read, and a trace counts when one of its spans
 * has everything. A tag is looked for among the attributes of the span, of its events and links, and of its resource, and is
 * compared as text. A value with `*` or a backslash also matches as a regular expression over the whole text, as Jaeger has it over
 * Elasticsearch.
 *
 * `error=true` means spans with status error and also those with such an attribute; the store indexes the two differently, so they are
 * two searches whose results are merged.
 */
import { wholeMatcher } from '@sightline/query';
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
  const tags = search.tags.map(tagTest);
  for (const { traceId } of candidates(search, records, budget)) {
    if (left <= 0) return;
    budget.poll();
    const rows = records.trace(traceId, budget);
    if (!rows.some((row) => hasAll(row, search) && tags.every((has) => has(row)))) continue;
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
  const isNoAttribute = key === 'error' || key === 'span.kind' || key === 'otel.status_code';
  // The name of an event is no field of it.
  if (isNoAttribute || key === 'event' || isPattern(value)) return [];
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
  const { service, operation, from, to, minDuration, maxDuration } = search;
  if (service !== '' && serviceOf(row.stream) !== service) return false;
  if (compareNanos(row.startLo, row.startHi, from.lo, from.hi) < 0) return false;
  if (compareNanos(row.startLo, row.startHi, to.lo, to.hi) > 0) return false;
  const duration = durationOf(row);
  if (duration < minDuration || duration > maxDuration) return false;
  return operation === '' || row.record.name === operation;
}

type TextTest = (text: string) => boolean;

function tagTest([key, value]: readonly [string, string]): (row: SpanRow) => boolean {
  const test = textTest(value);
  const names = namesOf(key);
  if (key === 'error' && (value === 'true' || value === 'false')) {
    const isTrue: TextTest = (text) => text === 'true';
    const isError = (row: SpanRow): boolean =>
      row.status === ERROR || hasAttribute(row, names, isTrue);
    return (row) => isError(row) === (value === 'true');
  }
  return (row) =>
    (key === 'span.kind' && test(JAEGER_KINDS[row.kind] ?? '')) ||
    (key === 'otel.status_code' && test(STATUS_TEXTS[row.status] ?? '')) ||
    hasAttribute(row, names, test);
}

function isPattern(value: string): boolean {
  return /[*\\]/.test(value);
}

function textTest(value: string): TextTest {
  if (!isPattern(value)) return (text) => text === value;
  let matches: TextTest;
  try {
    matches = wholeMatcher(value);
  } catch {
    // No pattern after all.
    return (text) => text === value;
  }
  return (text) => text === value || matches(text);
}

function hasAttribute(row: SpanRow, names: readonly string[], test: TextTest): boolean {
  const has = (fields: readonly SpanField[]): boolean =>
    fields.some((field) => names.includes(field.key) && test(field.value));
  const { record } = row;
  return (
    has(record.fields) ||
    names.some((name) => {
      const value = row.stream.get(name);
      return value !== '' && test(value);
    }) ||
    record.events.some(({ name, fields }) => has(fields) || (names[0] === 'event' && test(name))) ||
    record.links.some(({ fields }) => has(fields))
  );
}
