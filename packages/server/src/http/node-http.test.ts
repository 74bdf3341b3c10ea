import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('the server is loaded without the parts of Node that it does not use', () => {
  const serve = JSON.stringify(new URL('../serve.ts', import.meta.url).href);
  const script = `await import(${serve}); console.log(process.moduleLoadList.join('\\n'))`;
  const args = [
    ...process.execArgv,
    '--conditions=development',
    '--input-type=module',
    '-e',
    script,
  ];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const loaded = execFileSync(process.execPath, args, { encoding: 'utf8', env }).split('\n');
  assert.ok(loaded.includes('NativeModule http'));
  const dear = [
    'internal/deps/undici/undici',
    'internal/webstreams/readablestream',
    'internal/http2/core',
    'https',
  ];
  assert.deepEqual(
    dear.filter((name) => loaded.includes(`NativeModule ${name}`)),
    [],
  );
});
