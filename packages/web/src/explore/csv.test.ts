import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCell, graphCsv, tableCsv } from './csv.ts';

test('cells are quoted where RFC 4180 asks for it', () => {
  for (const [text, want] of [
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['', ''],
    ['-1.5', '-1.5'],
    ['+Inf', '+Inf'],
    ['-Inf', '-Inf'],
    ['1e-7', '1e-7'],
  ] as const) {
    assert.equal(csvCell(text), want);
  }
});

test('a text that a spreadsheet would run is disarmed', () => {
  for (const text of ['=1+1', '+cmd', '-cmd|x', '@SUM(A1)', '\tx']) {
    assert.ok(csvCell(text).replace(/^"/, '').startsWith("'"), text);
  }
});

test('a graph has a row an instant and a column a series, gaps empty', () => {
  const text = graphCsv(
    [0, 60],
    [
      { query: 'a', metric: { __name__: 'up', job: 'x' }, values: [1, null] },
      { query: 'b', metric: {}, values: [0.5, 2] },
    ],
  );
  assert.equal(
    text,
    'time,"A up{job=""x""}",B {}\r\n1970-01-01T00:00:00.000Z,1,0.5\r\n1970-01-01T00:01:00.000Z,,2\r\n',
  );
});

test('a table has a row a sample and a column a label, with the text of the server', () => {
  const text = tableCsv([
    {
      query: 'a',
      data: {
        resultType: 'vector',
        result: [{ metric: { __name__: 'up', constructor: 'x' }, value: [1, '0.1'] }],
      },
    },
    {
      query: 'b',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { zone: 'z' },
            values: [
              [2, 'NaN'],
              [3, '+Inf'],
            ],
          },
        ],
      },
    },
    { query: 'c', data: { resultType: 'scalar', result: [4, '1'] } },
    {
      query: 'd',
      data: {
        resultType: 'vector',
        result: [{ metric: {}, histogram: [5, { count: '2', sum: '3' }] }],
      },
    },
  ]);
  assert.deepEqual(text.split('\r\n'), [
    'query,time,__name__,constructor,zone,value',
    'A,1970-01-01T00:00:01.000Z,up,x,,0.1',
    'B,1970-01-01T00:00:02.000Z,,,z,NaN',
    'B,1970-01-01T00:00:03.000Z,,,z,+Inf',
    'C,1970-01-01T00:00:04.000Z,,,,1',
    'D,1970-01-01T00:00:05.000Z,,,,"{""count"":""2"",""sum"":""3""}"',
    '',
  ]);
});
