/**
 * Traces of an application with the agent, at a real server: the agent's own, to which the application's spans belong, and those of OpenTelemetry's SDK for
 * Node with its instrumentation of `node:http`, which `traces: 'sdk'` starts.
 *
 * The bundle of all instrumentations (0.2 GB) is a list; here the list has one.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectRoot, temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { startProcess, until } from './harness/process.ts';

let server: Peer;
const project = temporaryDirectory('agent-traces');

before(async () => {
  for (const name of [
    '@sightline/agent',
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-proto',
    '@opentelemetry/instrumentation-http',
    '@opentelemetry/sdk-node',
  ]) {
    const at = join(project, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules', name), at);
  }
  const bundle = join(project, 'node_modules/@opentelemetry/auto-instrumentations-node');
  mkdirSync(bundle);
  writeFileSync(
    join(bundle, 'index.js'),
    `const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
     exports.getNodeAutoInstrumentations = () => [new HttpInstrumentation()];`,
  );
  server = await startSightline({ args: ['--no-self-enabled'] });
});
after(() => server.stop());

/** Answers one request that it sends itself, with a span of its own in the handler, and ends. */
async function application(traces: string, service: string): Promise<void> {
  const program = `
    import { once } from 'node:events';
    import { createRequire } from 'node:module';
    import { start } from '@sightline/agent';
    import { trace } from '@opentelemetry/api';
    const agent = await start({
      service: '${service}',
      endpoint: '${server.url}',
      resource: { team: 'checkout' },
      flushTimeoutMs: 60_000,
      traces: ${traces},
    });
    // What is required after the start is instrumented.
    const { createServer, get } = createRequire(import.meta.url)('node:http');
    const answer = (request, response) => {
      trace.getTracer('shop').startActiveSpan('charge card', (span) => {
        span.end();
        response.end('paid');
      });
    };
    const app = createServer(agent.http.handler(answer));
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    const [response] = await once(get({ port: app.address().port, path: '/orders/7', agent: false }), 'response');
    await once(response.resume(), 'end');
    app.close();
    await agent.stop();
    process.exit();`;
  const args = ['--conditions=development', '--input-type=module', '-e', program];
  const app = await startProcess(process.execPath, args, { cwd: project });
  assert.equal(await app.exited, 0, app.output());
  assert.equal(app.output(), '');
}

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
}

interface Found {
  readonly spans: readonly Span[];
  readonly resource: Readonly<Record<string, string>>;
}

/** The trace of a service that has a span of this name, once it is there. */
async function traceWith(service: string, name: string): Promise<Found> {
  const query = `{ resource.service.name = "${service}" && name = "${name}" }`;
  let traceId: string | undefined;
  await until(`a trace of ${service} is found`, async () => {
    const url = `${server.url}/tempo/api/search?q=${encodeURIComponent(query)}`;
    const answer: { traces: { traceID: string }[] } = JSON.parse(await (await fetch(url)).text());
    traceId = answer.traces[0]?.traceID;
    return traceId !== undefined;
  });
  const answer: {
    batches: {
      resource: { attributes: { key: string; value: { stringValue?: string } }[] };
      scopeSpans: { spans: Span[] }[];
    }[];
  } = JSON.parse(await (await fetch(`${server.url}/tempo/api/traces/${traceId}`)).text());
  const attributes = answer.batches[0]?.resource.attributes ?? [];
  return {
    spans: answer.batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resource: Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? '']),
    ),
  };
}

for (const [traces, service, request] of [
  ['true', 'own-traces', 'GET /orders/:id'],
  ["'sdk'", 'sdk-traces', 'GET'],
] as const) {
  test(`traces: ${traces}: the application's span arrives within that of its request`, async () => {
    await application(traces, service);
    const { spans, resource } = await traceWith(service, 'charge card');
    const own = spans.find(({ name }) => name === 'charge card');
    const parent = spans.find(({ spanId }) => spanId === own?.parentSpanId);
    assert.equal(parent?.name, request);
    assert.match(parent?.kind ?? '', /SERVER$/);
    assert.equal(resource['service.name'], service);
    assert.equal(resource.team, 'checkout');
  });
}
