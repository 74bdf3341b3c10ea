import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLogql, parsePromql, parseTraceql } from '@sightline/query';
import fc from 'fast-check';
import { logQuery, metricSelector, type SearchPlan, traceQuery, wordsOf } from './plan.ts';

function plan(freeText: string, filters: Record<string, string> = {}): SearchPlan {
  const words = wordsOf(freeText);
  return { words, filters: new Map(Object.entries(filters)), fromMs: 0, toMs: 1, limit: 10 };
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
  ];
  for (const [search, want] of cases) assert.equal(logQuery(search), want);
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
    [plan('', { 'http.status': '500' }), '{ (.http.status = "500" || .http.status = 500) }'],
  ];
  for (const [search, want] of cases) assert.equal(traceQuery(search), want);
});

test('metrics have no level; other filters are labels', () => {
  assert.equal(metricSelector(plan('cpu', { level: 'error' })), null);
  assert.equal(metricSelector(plan('')), '{__name__=~".+"}');
  assert.equal(
    metricSelector(plan('a.b', { service: 'cart' })),
    '{__name__=~"(?i).*a\\\\.b.*",job=~"(.+/)?cart"}',
  );
});

test('whatever is searched for, the questions are well formed', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const filters = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), text);
  fc.assert(
    fc.property(text, filters, (freeText, chosen) => {
      const search = plan(freeText, chosen);
      parseLogql(logQuery(search));
      const traces = traceQuery(search);
      if (traces !== null) parseTraceql(traces);
      const series = metricSelector(search);
      if (series !== null) parsePromql(series);
    }),
  );
});
