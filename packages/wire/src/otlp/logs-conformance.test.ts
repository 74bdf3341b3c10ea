/** OpenTelemetry's own example of a logs request in JSON: all of it must come out. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LogBatch } from '../model/log-batch.ts';
import { LOG_LIMITS, recordsOf } from '../model/test-records.ts';
import { decodeOtlpLogsJson } from './decode-logs.ts';
import { RecordingResolver } from './test-payload.ts';

const example = new URL('../../../../../shared/conformance/otlp/logs.json', import.meta.url);
const skip = existsSync(example) ? false : `skipped: no ${example.pathname}`;

test('the example of a logs request', { skip }, () => {
  const json = readFileSync(example);
  const batch = new LogBatch();
  const resolver = new RecordingResolver();
  decodeOtlpLogsJson(json, resolver, LOG_LIMITS, batch);
  const records = recordsOf(batch);
  assert.equal(batch.rejectedItems, 0);
  const [{ resource, scopeLogs }] = JSON.parse(json.toString()).resourceLogs;
  const [{ scope, logRecords }] = scopeLogs;
  const service = resource.attributes[0].value.stringValue;
  assert.deepEqual(resolver.series, [`{service.name="${service}"}`]);
  assert.equal(records.length, logRecords.length);
  const [got] = records;
  const [sent] = logRecords;
  assert.equal(got.t, BigInt(sent.timeUnixNano));
  assert.equal(got.severity, sent.severityNumber);
  assert.equal(got.trace, sent.traceId.toLowerCase());
  assert.equal(got.span, sent.spanId.toLowerCase());
  assert.equal(got.body, sent.body.stringValue);
  const keys = sent.attributes.map(({ key: name }: { key: string }) => name);
  const scopeKeys = scope.attributes.map(({ key: name }: { key: string }) => name);
  assert.deepEqual(
    got.fields.map(([name]) => name),
    ['severity_text', ...keys, 'scope_name', 'scope_version', ...scopeKeys],
  );
  const types = got.fields.map(([, type]) => type);
  assert.deepEqual(types, [0, 0, 1, 2, 3, 5, 5, 0, 0, 0]);
});
