import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLogql, parsePromql, parseTraceql } from '@sightline/query';
import fc from 'fast-check';
import {
  filtersOf,
  logQueries,
  metricSelectors,
  type SearchPlan,
  traceQuery,
  wordsOf,
} from './plan.ts';

function plan(freeText: string, filters: Record<string, string> = {}): SearchPlan {
  const words = wordsOf(freeText);
  return { words, filters: filtersOf(filters), fromMs: 0, toMs: 1, limit: 10 };
}

test('free text is words and phrases', () => {
  const cases: [string, string[]][] = [
    ['', []],
    ['timeout', ['timeout']],
    ['  two  words ', ['two', 'words']],
    ['"a phrase" word', ['a phrase', 'word']],
    ['open "quote', ['open', '"quote']],
  ];
  for (const [text, want] of cases) assert.deepEqual(wordsOf(text), want);
});

test('logs: words in their spellings, filters as labels', () => {
  const cases: [SearchPlan, string][] = [
    [plan(''), '{service_name=~".+"}'],
    [plan('timeout'), '{service_name=~".+"} |= "timeout" or "TIMEOUT" or "Timeout"'],
    [plan('42', { service: 'a"b' }), '{service_name="a\\"b"} |= "42"'],
    [
      plan('', { level: 'error', 'user.id': '7' }),
      '{service_name=~".+"} | detected_level="error" | user_id="7"',
    ],
    [plan('', { level: 'WARNING' }), '{service_name=~".+"} | detected_level="warn"'],
    [plan('', { level: 'fatal' }), '{service_name=~".+"} | detected_level=~"fatal|critical"'],
    [plan('', { '5xx': 'a|b' }), '{service_name=~".+"} | _5xx="a|b"'],
  ];
  for (const [search, want] of cases) assert.deepEqual(logQueries(search), [want]);
});

test('logs: the id of a trace or a span is looked for in records and in lines', () => {
  const id = 'abcdef0123456789abcdef0123456789';
  assert.deepEqual(logQueries(plan(`${id.toUpperCase()} 42`)), [
    `{service_name=~".+"} |= "42" | trace_id="${id}"`,
    `{service_name=~".+"} |= "${id.toUpperCase()}" or "${id}" or "Abcdef0123456789abcdef0123456789" |= "42"`,
  ]);
  assert.equal(
    logQueries(plan('00f067aa0ba902b7'))[0],
    '{service_name=~".+"} | span_id="00f067aa0ba902b7"',
  );
  assert.deepEqual(logQueries(plan('', { trace_id: 'ABC' })), [
    '{service_name=~".+"} | trace_id="abc"',
  ]);
});

test('filters have other names, and values that are no text', () => {
  const filters = filtersOf({ 'service.name': 'a', severity: 'b', traceID: 'c', 'user.id': 42 });
  assert.deepEqual(
    [...filters],
    [
      ['service', 'a'],
      ['level', 'b'],
      ['trace_id', 'c'],
      ['user.id', '42'],
    ],
  );
  assert.deepEqual([...filtersOf({ service: '', level: '', other: '' })], [['other', '']]);
});

test('traces: names, services and messages, ids, errors', () => {
  const id = 'ABCDEF0123456789abcdef0123456789';
  const cases: [SearchPlan, string | null][] = [
    [plan(''), '{  }'],
    [plan(id), `{ trace:id = "${id.toLowerCase()}" }`],
    [
      plan('', { service: 'cart', level: 'error' }),
      '{ resource.service.name = "cart" && status = error }',
    ],
    [plan('', { level: 'info' }), null],
    [plan('', { level: 'ERR' }), '{ status = error }'],
    [plan('', { trace_id: 'AB' }), `{ trace:id = "${'ab'.padStart(32, '0')}" }`],
    [plan('', { span_id: '00F067AA0BA902B7' }), '{ span:id = "00f067aa0ba902b7" }'],
    [
      plan('00f067aa0ba902b7'),
      '{ (span:id = "00f067aa0ba902b7" || trace:id = "000000000000000000f067aa0ba902b7" || name =~ "(?i).*00f067aa0ba902b7.*" || resource.service.name =~ "(?i).*00f067aa0ba902b7.*" || statusMessage =~ "(?i).*00f067aa0ba902b7.*") }',
    ],
    [plan('', { 'http.status': '500' }), '{ (.http.status = "500" || .http.status = 500) }'],
  ];
  for (const [search, want] of cases) assert.equal(traceQuery(search), want);
});

test('metrics have no level; other filters are labels', () => {
  assert.equal(metricSelectors(plan('cpu', { level: 'error' })), null);
  assert.equal(metricSelectors(plan('cpu', { trace_id: 'a' })), null);
  assert.deepEqual(metricSelectors(plan('')), ['{__name__=~".+"}']);
  assert.deepEqual(metricSelectors(plan('a.b', { service: 'cart', '2xx': '1' })), [
    '{__name__=~"(?i).*a\\\\.b.*",_2xx="1",job=~"(.+/)?cart"}',
    '{__name__=~"(?i).*a\\\\.b.*",_2xx="1",service="cart"}',
    '{__name__=~"(?i).*a\\\\.b.*",_2xx="1",service_name="cart"}',
  ]);
});

test('whatever is searched for, the questions are well formed', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('\ud800', '\ufffd'),
  );
  const name = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 }),
    fc.constantFrom('service', 'level', 'trace_id', 'span_id', '__proto__', 'a\nb', '"', '\ud800'),
  );
  const id = fc.stringMatching(/^([0-9a-fA-F]{16}){1,2}$/);
  const filters = fc.dictionary(name, text);
  fc.assert(
    fc.property(fc.oneof(text, id), filters, (freeText, chosen) => {
      const search = plan(freeText, chosen);
      for (const query of logQueries(search)) parseLogql(query);
      const traces = traceQuery(search);
      if (traces !== null) parseTraceql(traces);
      for (const series of metricSelectors(search) ?? []) parsePromql(series);
    }),
  );
});
