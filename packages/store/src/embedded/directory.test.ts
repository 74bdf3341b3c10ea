import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Directory } from './directory.ts';

const root = mkdtempSync(join(tmpdir(), 'sightline-directory-'));
after(() => rmSync(root, { recursive: true, force: true }));

function at(...names: string[]): string {
  return join(root, ...names);
}

test('folders are made as far as they are missing', () => {
  const path = at('a', 'b', 'c');
  const first = new Directory(path);
  const { key } = first;
  first.close();
  const second = new Directory(path);
  assert.deepEqual(second.key, key);
  second.close();
});

test('what cannot be a data directory is told with its path and reason', () => {
  writeFileSync(at('file'), '');
  symlinkSync(at('unmounted'), at('link'));
  const refused = (path: string, reason: RegExp) =>
    assert.throws(() => new Directory(path), { name: 'DirectoryError', message: reason });
  refused(at('file'), /\/file is not a directory/);
  refused(at('file', 'below'), /\/file is not a directory/);
  refused(at('link'), /cannot be made: EEXIST.*link/);
  refused('/proc/sightline', /cannot be made: ENOENT.*\/proc\/sightline/);
});

test('a second process is told apart from a file that is none of ours', () => {
  const held = new Directory(at('held'));
  assert.throws(() => new Directory(at('held')), /held by another process/);
  held.close();
  const mine = new Directory(at('mine'));
  mine.close();
  for (const name of ['lock.db', 'system.db']) {
    writeFileSync(
      at('mine', name),
      'not a database, but longer than its header would have to be\n'.repeat(20),
    );
    assert.throws(() => new Directory(at('mine')), {
      name: 'DirectoryError',
      message: new RegExp(`${name} cannot be used: file is not a database`),
    });
    rmSync(at('mine', name));
  }
  // Nothing is held after a failure.
  new Directory(at('mine')).close();
});
