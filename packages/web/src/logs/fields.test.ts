import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogLine, linesOf, msOfNs, readTail } from '../api/loki.ts';
import { FieldStats } from './field-stats.ts';
import { fieldsOf, fieldValue, levelOf, parsedText, traceIdOf } from './fields.ts';
import { lineJson, lineKey, nsOfKey, oneLine } from './line-text.ts';

const ns = '1700000000123456789';

function line(text: string, metadata = {}, stream = { service_name: 'cart' }): LogLine {
  return { ns, line: text, stream, metadata, parsed: {} };
}

test('fields are read out of JSON and logfmt lines', () => {
  assert.deepEqual(parsedText('{"a":1,"b":{"c.d":true,"e":null},"f":[1],"2x":"y"}'), {
    source: 'json',
    fields: { a: '1', b_c_d: 'true', _2x: 'y' },
  });
  assert.deepEqual(parsedText('level=info msg="a \\"b\\"" took=3ms'), {
    source: 'logfmt',
    fields: { level: 'info', msg: 'a "b"', took: '3ms' },
  });
  assert.deepEqual(parsedText('{"n":9007199254740993,"z":1.50,"e":1e3,"i":7}')?.fields, {
    n: '9007199254740993',
    z: '1.50',
    e: '1e3',
    i: '7',
  });
  for (const text of ['{broken', 'a sentence with one=sign', '', '{}x'])
    assert.equal(parsedText(text), undefined, text);
});

test('a name that is taken gets an ending', () => {
  const one = line('{"user":"2"}', { user: '1' });
  const found = fieldsOf(one).map(({ name, value, source }) => [name, value, source]);
  assert.deepEqual(found, [
    ['service_name', 'cart', 'stream'],
    ['user', '1', 'metadata'],
    ['user_extracted', '2', 'json'],
  ]);
  assert.equal(fieldValue(one, 'user'), '1');
});

test('fields may be called as what every object has', () => {
  const json = line('{"constructor":1,"__proto__":2}');
  assert.equal(fieldValue(json, 'constructor'), '1');
  assert.equal(fieldValue(json, '__proto__'), '2');
  assert.equal(fieldValue(line('x'), 'constructor'), undefined);
  const names = fieldsOf(line('toString=1 __proto__=2')).map(({ name }) => name);
  assert.deepEqual(names, ['service_name', 'toString', '__proto__']);
});

test('level and trace are found where they are', () => {
  assert.equal(levelOf(line('x', { detected_level: 'critical' })), 'fatal');
  assert.equal(levelOf(line('x', { severity_text: 'WARN2' })), 'warn');
  assert.equal(levelOf(line('x')), 'unknown');
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  assert.equal(traceIdOf(line('x', { trace_id: id })), id);
  assert.equal(traceIdOf(line(`{"traceId":"${id.toUpperCase()}"}`)), id);
  assert.equal(traceIdOf(line('x', { trace_id: '0'.repeat(32) })), undefined);
  assert.equal(traceIdOf(line('x', { trace_id: '"><script>' })), undefined);
});

test('values are counted within bounds', () => {
  const stats = new FieldStats();
  stats.add(
    Array.from({ length: 2000 }, (_, index) =>
      line('x', { id: String(index), even: String(index % 2) }),
    ),
  );
  const id = stats.fields().find(({ name }) => name === 'id');
  assert.deepEqual(id, { name: 'id', source: 'metadata', lines: 2000, distinct: 500, more: true });
  assert.deepEqual(stats.top('even', 5), [
    { value: '0', lines: 1000 },
    { value: '1', lines: 1000 },
  ]);
  assert.equal(stats.fields()[0]?.name, 'service_name');
});

test('answers are read narrowly', () => {
  const answer = [
    {
      stream: { a: 'b', n: 1 },
      values: [
        ['1', 'x', { structuredMetadata: { c: 'd' }, parsed: { e: 'f' } }],
        ['2', 'y'],
        7,
        [3],
      ],
    },
    null,
    { values: [['4', 'z']] },
  ];
  assert.deepEqual(linesOf(answer), [
    { ns: '1', line: 'x', stream: { a: 'b' }, metadata: { c: 'd' }, parsed: { e: 'f' } },
    { ns: '2', line: 'y', stream: { a: 'b' }, metadata: {}, parsed: {} },
    { ns: '4', line: 'z', stream: {}, metadata: {}, parsed: {} },
  ]);
  assert.deepEqual(linesOf('nothing'), []);
  assert.equal(readTail('{"dropped":3}')?.dropped, 3);
  assert.equal(readTail('not json'), undefined);
});

test('lines as text', () => {
  assert.equal(msOfNs(ns), 1_700_000_000_123.4568);
  assert.equal(oneLine('a\n\tb  \u001b[31mred\u001b[0m'), 'a b red');
  assert.equal(nsOfKey(lineKey(line('x'))), ns);
  assert.notEqual(lineKey(line('x')), lineKey(line('y')));
  assert.deepEqual(JSON.parse(lineJson(line('{"a":1}'))).line, { a: 1 });
});
