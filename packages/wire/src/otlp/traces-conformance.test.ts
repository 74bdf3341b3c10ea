/** Examples of trace requests in JSON that others wrote: every span of them must come out, whatever they say. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeOtlpTracesJson } from './decode-traces.ts';
import { decodeSpans, type ShownSpan } from './test-spans.ts';

const folder = new URL('../../../../../shared/conformance/', import.meta.url);
const example = new URL('otlp/trace.json', folder);
const traces = new URL('jaeger/traces/', folder);
const skipExample = existsSync(example) ? false : `skipped: no ${example.pathname}`;
const skipTraces = existsSync(traces) ? false : `skipped: no ${traces.pathname}`;

interface Any {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  bytesValue?: string;
}
interface Attribute {
  key: string;
  value: Any;
}
interface Part {
  timeUnixNano?: string;
  name?: string;
  traceId?: string;
  spanId?: string;
  attributes?: Attribute[];
}
interface Span extends Part {
  parentSpanId?: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  events?: Part[];
  links?: Part[];
  status?: { code?: number };
}
interface Request {
  resourceSpans: {
    resource: Part;
    scopeSpans: { scope?: Part & { version?: string }; spans: Span[] }[];
  }[];
}

function pairs(attributes: Attribute[] = []): [string, string][] {
  return attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]);
}

function* expected({ resourceSpans }: Request): Generator<ShownSpan> {
  for (const { resource, scopeSpans } of resourceSpans) {
    const labels = pairs(resource.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const stream = `{${labels.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join()}}`;
    for (const { scope = {}, spans } of scopeSpans) {
      const tail = pairs(scope.attributes);
      if (scope.version !== undefined) tail.unshift(['otel.scope.version', scope.version]);
      if (scope.name !== undefined) tail.unshift(['otel.scope.name', scope.name]);
      for (const span of spans) yield { ...expectedSpan(span, tail), stream };
    }
  }
}

function expectedSpan(span: Span, scope: [string, string][]): Omit<ShownSpan, 'stream'> {
  return {
    ...ids(span),
    parentId: (span.parentSpanId ?? '').toLowerCase(),
    name: span.name ?? '',
    kind: span.kind ?? 0,
    status: span.status?.code ?? 0,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    attributes: [...new Map([...scope, ...pairs(span.attributes)])].sort(byKey),
    events: (span.events ?? []).map(({ timeUnixNano = '0', name = '', attributes }) => ({
      time: BigInt(timeUnixNano),
      name,
      attributes: pairs(attributes),
    })),
    links: (span.links ?? []).map((link) => ({
      ...ids(link),
      attributes: pairs(link.attributes),
    })),
  };
}

const byKey = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);
const ids = ({ traceId = '', spanId = '' }: Part) => ({
  traceId: traceId.toLowerCase(),
  spanId: spanId.toLowerCase(),
});

/** Decodes a file and compares; returns how many spans it has. */
function check(file: URL): number {
  const json = readFileSync(file);
  const { spans, rejections } = decodeSpans(json, {}, decodeOtlpTracesJson);
  assert.deepEqual(rejections, []);
  const got = spans.map((span) => ({ ...span, attributes: span.attributes.toSorted(byKey) }));
  assert.deepEqual(got, [...expected(JSON.parse(json.toString()))], file.pathname);
  return spans.length;
}

test('the example of a trace request', { skip: skipExample }, () => {
  assert.ok(check(example) > 0);
});

test('traces to query', { skip: skipTraces }, () => {
  for (const name of readdirSync(traces)) assert.ok(check(new URL(name, traces)) > 0, name);
});
