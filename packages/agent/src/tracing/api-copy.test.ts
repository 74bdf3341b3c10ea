/** Copies of OpenTelemetry's API that an application may have: the agent's own, said to be of other versions. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as own from '@opentelemetry/api';
import { projectRoot, temporaryDirectory } from '../../../../test/harness/directory.ts';
import { newestApi } from './api-copy.ts';
import { traced } from './test-traced.ts';

/** A directory of an application with the API in this version. */
function applicationWith(version: string): string {
  const directory = temporaryDirectory('api');
  const copy = join(directory, 'node_modules', '@opentelemetry', 'api');
  cpSync(join(projectRoot, 'node_modules', '@opentelemetry', 'api'), copy, { recursive: true });
  for (const file of ['package.json', 'build/src/version.js']) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8').replace(
      /(version"?:|VERSION =) (["'])[\d.]+\2/i,
      `$1 $2${version}$2`,
    );
    assert.ok(text.includes(version), file);
    writeFileSync(path, text);
  }
  return directory;
}

test('a copy of the application that is newer registers, an older one or none does not', async () => {
  assert.equal(await newestApi(own, temporaryDirectory('none')), own);
  for (const version of ['1.4.0', '0.99.0', '2.0.0', '1.9.0']) {
    assert.equal(await newestApi(own, applicationWith(version)), own, version);
  }
  assert.notEqual(await newestApi(own, applicationWith('1.10.0')), own);
});

test('spans made by either copy are recorded', async (t) => {
  const newer = await newestApi(own, applicationWith('1.99.0'));
  const { spans } = traced(t, { api: newer });
  for (const { trace } of [own, newer]) {
    trace.getTracer('app').startActiveSpan('outer', (outer) => {
      trace.getTracer('app').startActiveSpan('inner', (span) => span.end());
      outer.end();
    });
  }
  const [, first, , second] = spans();
  assert.deepEqual([first?.name, second?.name], ['outer', 'outer']);
  assert.deepEqual(
    spans().map(({ parentId }) => parentId),
    [first?.spanId, '', second?.spanId, ''],
  );
});
