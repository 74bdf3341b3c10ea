import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldWriter } from '@sightline/wire';
import fc from 'fast-check';
import { findPeer, peer } from './peer.ts';

type Value = string | number | boolean | Uint8Array;

function fieldsOf(pairs: readonly (readonly [string, Value])[]): FieldWriter {
  const writer = new FieldWriter();
  for (const [name, value] of pairs) {
    const key = Buffer.from(name);
    if (typeof value === 'string') writer.text(name, value);
    else if (typeof value === 'number') writer.int(key, 0, key.length, value, 0);
    else if (typeof value === 'boolean') writer.bool(key, 0, key.length, value);
    else writer.bytes(key, 0, key.length, value, 0, value.length);
  }
  return writer;
}

function nameOf(pairs: readonly (readonly [string, Value])[]): string {
  const { buffer, length } = fieldsOf(pairs);
  if (!findPeer(buffer, 0, length)) return '';
  const name = Buffer.from(buffer.subarray(peer.start, peer.end)).toString();
  return peer.isDatabase ? `database ${name}` : name;
}

const cases: [attributes: Record<string, Value>, want: string][] = [
  [{}, ''],
  [{ 'http.method': 'GET', 'server.port': 80 }, ''],
  [{ 'server.address': 'api.example' }, 'api.example'],
  [{ 'net.peer.name': 'old', 'server.address': 'new' }, 'new'],
  [{ 'server.address': 'a', 'peer.service': 'billing' }, 'billing'],
  [{ 'messaging.system': 'kafka', 'server.address': 'a' }, 'kafka'],
  [{ 'db.system': 'redis', 'server.address': 'a' }, 'database redis'],
  [{ 'db.system.name': 'mysql', 'db.name': 'orders' }, 'database orders'],
  [{ 'db.system': 'mysql', 'db.name': 'old', 'db.namespace': 'new' }, 'database new'],
  [{ 'db.name': 'orders', 'server.address': 'a' }, 'a'],
  [{ 'peer.service': '', 'server.address': 'a' }, 'a'],
  [{ 'peer.service': 7, 'server.address': true }, ''],
  [{ 'peer.service': 'x'.repeat(300) }, 'x'.repeat(300)],
];
for (const [attributes, want] of cases) {
  test(`the peer of ${JSON.stringify(attributes).slice(0, 80)}`, () =>
    assert.equal(nameOf(Object.entries(attributes)), want));
}

const value = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.nat(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 200 }),
);
const attribute = fc.tuple(fc.string({ minLength: 1, maxLength: 140 }), value);

test('it is found between any other attributes', () => {
  fc.assert(
    fc.property(fc.array(attribute), fc.array(attribute), (before, after) => {
      const others = [...before, ...after].filter(
        ([name]) => !/^(db|peer|messaging|server|net)\./.test(name),
      );
      assert.equal(nameOf(others), '');
      assert.equal(nameOf([...others, ['peer.service', 'p'], ...others]), 'p');
    }),
  );
});
