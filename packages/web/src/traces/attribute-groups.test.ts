import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupAttributes, plainValue } from './attribute-groups.ts';

const text = (name: string) => ({ name, type: 'string' as const, value: 'x' });

test('attributes stand by the first part of their names, single ones at the end', () => {
  const groups = groupAttributes(
    ['http.route', 'user', 'db.name', 'http.method', 'db.a'].map(text),
  );
  assert.deepEqual(
    groups.map((group) => [group.name, ...group.members.map((one) => one.name)]),
    [
      ['db', 'db.a', 'db.name'],
      ['http', 'http.method', 'http.route'],
      ['', 'user'],
    ],
  );
});

test('values are compared as what they were, unless a double cannot hold them', () => {
  assert.equal(plainValue({ name: 'a', type: 'int', value: '42' }), 42);
  assert.equal(
    plainValue({ name: 'a', type: 'int', value: '9007199254740993' }),
    '9007199254740993',
  );
  assert.equal(plainValue({ name: 'a', type: 'bool', value: 'true' }), true);
  assert.equal(plainValue({ name: 'a', type: 'double', value: 'NaN' }), 'NaN');
});
