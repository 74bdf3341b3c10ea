import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSpans, splitFind } from './find-spans.ts';
import { traceWith } from './testing/traces.ts';

const trace = traceWith([
  { name: 'GET /Cart', start: 0, duration: 5000, service: 'web' },
  { name: 'charge', start: 1, duration: 1000, service: 'bank', status: 2 },
  { name: 'error page', start: 2, duration: 10, service: 'web' },
]);

function finds(text: string, want: readonly number[] | undefined): void {
  const found = findSpans(trace, Int32Array.of(0, 1, 2), text);
  assert.deepEqual(found && [...found], want);
}

test('nothing asked is not the same as nothing found', () => {
  finds('  ', undefined);
  finds('nowhere', []);
});

test('names, services and ids are found in any case', () => {
  finds('cart', [0]);
  finds('BANK', [1]);
  finds('00000002', []);
  finds('0000000000000002', [2]);
});

test('every word must hold', () => {
  finds('web get', [0]);
  finds('web charge', []);
});

test('error finds error spans and names with the word', () => finds('error', [1, 2]));

test('durations have a sign', () => {
  finds('>1ms', [0, 1]);
  finds('<=1ms', [1, 2]);
  finds('web >1ms', [0]);
});

test('kinds are asked by name', () => {
  finds('kind:internal', [0, 1, 2]);
  finds('kind:server', []);
});

test('attributes are asked of the server, what is half typed of nobody', () => {
  assert.deepEqual(splitFind('cart http.route=/a >1ms user="Ann B" error'), {
    words: 'cart >1ms error',
    conditions: ['.http.route = "/a"', '.user = "Ann B"'],
  });
  assert.deepEqual(splitFind('http.route='), { words: '', conditions: [] });
  assert.deepEqual(splitFind('GET "/a'), { words: 'GET "/a', conditions: [] });
});
