/**
 * What completion knows of spans: names of attributes by scope and values of one, from what the store keeps of them without reading
 * spans; values under a filter from the traces that pass it.
 */
import {
  parseTraceql,
  quoteTraceqlName,
  StoreTraceSource,
  searchTraces,
  TraceqlEvalError,
  TraceqlParseError,
  valueText,
} from '@sightline/query';
import { FIELD_BOOL, FIELD_DOUBLE, FIELD_INT } from '@sightline/wire';
import type { ExecuteContext } from '../context.ts';
import { serviceOf } from './jaeger-json.ts';
import { type SampleScope, SpanSample } from './span-sample.ts';

export interface TagValue {
  type: string;
  value: string;
}

export interface ValuesAsk {
  /** As TraceQL names it, or a bare name. */
  tag: string;
  query: string;
  startMs: number;
  endMs: number;
  limit: number;
}

/** Fields that are no attributes. */
const HIDDEN = new Set([
  ...['otel.status_description', 'otel.scope.name', 'otel.scope.version', 'w3c.tracestate'],
  ...['otel.dropped_attributes_count', 'otel.dropped_events_count', 'otel.dropped_links_count'],
]);
/** Traces that a filter may look at. */
const MAX_FILTERED_TRACES = 1000;
const SPANS_OF_TRACE = 100;
const MAX_OPERATIONS = 10_000;

/** Sorted names by scope. */
export function tagNames(
  context: ExecuteContext,
  startMs: number,
  endMs: number,
): Map<string, string[]> {
  const { records } = context;
  const sample = new SpanSample(context, startMs, endMs);
  const resource = new Set<string>();
  for (const stream of records.streams('spans', startMs, endMs)) {
    const pairs = stream.toPairs();
    for (let i = 0; i < pairs.length; i += 2) resource.add(pairs[i]);
  }
  const span = sample.names('span');
  const event = sample.names('event');
  const link = sample.names('link');
  for (const { scope, name } of records.fields('spans', startMs, endMs)) {
    (scope === 'event' ? event : scope === 'link' ? link : span).add(name);
  }
  const shown = (names: ReadonlySet<string>): string[] =>
    [...names].filter((name) => !HIDDEN.has(name)).sort();
  return new Map([
    ['resource', shown(resource)],
    ['span', shown(span)],
    ['event', shown(event)],
    ['link', shown(link)],
  ]);
}

/** Sorted by value. Throws what the store throws. */
export function tagValues(context: ExecuteContext, ask: ValuesAsk): TagValue[] {
  const filtered = ask.query === '' ? undefined : valuesUnderFilter(context, ask);
  const values = filtered ?? knownValues(context, ask);
  const distinct = new Map(values.map((one) => [`${one.type} ${one.value}`, one]));
  return [...distinct.values()].sort((a, b) =>
    a.value < b.value ? -1 : a.value > b.value ? 1 : 0,
  );
}

const STATUSES = ['error', 'ok', 'unset'].map((value) => ({ type: 'keyword', value }));
const KINDS = ['client', 'consumer', 'internal', 'producer', 'server', 'unspecified'].map(
  (value) => ({ type: 'keyword', value }),
);

function knownValues(context: ExecuteContext, { tag, startMs, endMs }: ValuesAsk): TagValue[] {
  const { records, budget } = context;
  switch (tag) {
    case 'status':
    case 'span:status':
      return STATUSES;
    case 'kind':
    case 'span:kind':
      return KINDS;
    case 'name':
    case 'span:name':
    case 'rootName':
    case 'trace:rootName':
    case 'root.name': {
      const filter = { wants: () => true, minMs: startMs, maxMs: endMs, limit: MAX_OPERATIONS };
      return records.operations({ ...filter, budget }).map(({ name }) => text(name));
    }
    case 'rootServiceName':
    case 'trace:rootService':
    case 'root.service.name':
      return records.streams('spans', startMs, endMs).map((stream) => text(serviceOf(stream)));
  }
  const sampled = sampledField(tag);
  if (sampled !== undefined) return sampledValues(context, sampled, { startMs, endMs });
  const { scope, name } = split(tag);
  const values: TagValue[] = [];
  if (scope === '' || scope === 'resource') {
    for (const stream of records.streams('spans', startMs, endMs)) {
      const value = stream.get(name);
      if (value !== '') values.push(text(value));
    }
  }
  if (scope === 'resource') return values;
  for (const field of records.fields('spans', startMs, endMs)) {
    if (field.name !== name || field.scope !== '') continue;
    const type = typeName(field.type);
    for (const value of field.values) values.push({ type, value });
  }
  return [...values, ...sampledValues(context, { scope: 'span', name }, { startMs, endMs })];
}

interface SampledField {
  scope: SampleScope | 'event name';
  name: string;
}

/** Fields of which the store keeps no lists, and intrinsics that are fields of spans. */
function sampledField(tag: string): SampledField | undefined {
  switch (tag) {
    case 'statusMessage':
    case 'span:statusMessage':
      return { scope: 'span', name: 'otel.status_description' };
    case 'instrumentation:name':
      return { scope: 'span', name: 'otel.scope.name' };
    case 'instrumentation:version':
      return { scope: 'span', name: 'otel.scope.version' };
    case 'event:name':
      return { scope: 'event name', name: '' };
  }
  const { scope, name } = split(tag);
  return scope === 'event' || scope === 'link' ? { scope, name } : undefined;
}

function sampledValues(
  context: ExecuteContext,
  { scope, name }: SampledField,
  { startMs, endMs }: { startMs: number; endMs: number },
): TagValue[] {
  const sample = new SpanSample(context, startMs, endMs);
  if (scope === 'event name') return [...sample.eventNames()].map(text);
  return sample.values(scope, name).map(({ type, value }) => ({ type: typeName(type), value }));
}

/** Undefined where the filter cannot be understood: it may be unfinished. */
function valuesUnderFilter(context: ExecuteContext, ask: ValuesAsk): TagValue[] | undefined {
  const { records, budget } = context;
  const { tag, startMs, endMs } = ask;
  const { scope, name } = split(tag);
  const isIntrinsic = scope === '' && /^[a-zA-Z]+(:[a-zA-Z]+)?$/.test(tag);
  const field = isIntrinsic
    ? tag
    : `${scope}.${/^[\w.:/-]+$/.test(name) ? name : quoteTraceqlName(name)}`;
  try {
    const query = parseTraceql(`${ask.query} | select(${field})`);
    if (query.kind === 'math' || query.metrics !== null) return undefined;
    const source = new StoreTraceSource(records, budget);
    const options = { startMs, endMs, limit: MAX_FILTERED_TRACES, spansPerSpanset: SPANS_OF_TRACE };
    return searchTraces(query, source, options).flatMap(({ spansets }) =>
      spansets.flatMap(({ spans }) =>
        spans.flatMap((span) =>
          span.attributes
            .filter(({ key }) => key === name || key === tag)
            .map(({ value }) => ({ type: value.type, value: valueText(value) })),
        ),
      ),
    );
  } catch (error) {
    if (error instanceof TraceqlParseError || error instanceof TraceqlEvalError) return undefined;
    throw error;
  }
}

/** `span.http.route` is the attribute `http.route` of spans, `.x` and `x` are in any scope. */
function split(tag: string): { scope: string; name: string } {
  const match = /^(resource|span|event|link|instrumentation)?\.(.+)$/s.exec(tag);
  const [scope, rest] = match === null ? ['', tag] : [match[1] ?? '', match[2] ?? ''];
  const name = rest.startsWith('"') && rest.endsWith('"') ? rest.slice(1, -1) : rest;
  return { scope, name };
}

function text(value: string): TagValue {
  return { type: 'string', value };
}

function typeName(type: number): string {
  if (type === FIELD_INT) return 'int';
  if (type === FIELD_DOUBLE) return 'float';
  return type === FIELD_BOOL ? 'bool' : 'string';
}
