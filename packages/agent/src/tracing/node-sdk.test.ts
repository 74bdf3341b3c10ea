import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startNodeSdk } from './node-sdk.ts';

test('what is missing is named with the command that installs it', async () => {
  const options = {
    url: new URL('http://127.0.0.1:4318/v1/traces'),
    headers: {},
    resource: {},
    sampler: 'parentbased',
    traceRatio: 1,
  } as const;
  await assert.rejects(startNodeSdk(options), {
    message:
      "traces: 'sdk' needs packages of OpenTelemetry: npm install @opentelemetry/sdk-node " +
      '@opentelemetry/auto-instrumentations-node @opentelemetry/exporter-trace-otlp-proto',
  });
});
