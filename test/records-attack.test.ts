/**
 * Requests of log records and spans that are wrong in one place, by the thousand, and against the bounds of a server with little room: each
 * is answered in the protocol's own way, each refusal is counted, and the server goes on as before.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { compressSnappy, ProtobufWriter } from '@sightline/wire';
import fc from 'fast-check';
import { type Peer, startSightline } from './harness/peers.ts';

const MAX_SERIES = 3000;
const MAX_TENANTS = 20;

let server: Peer;
before(async () => {
  const kept = ['--retention-logs', 'forever', '--retention-traces', 'forever'];
  const limits = ['--limits-series', `${MAX_SERIES}`, '--max-tenants', `${MAX_TENANTS}`];
  const args = ['--no-self-enabled', ...kept, ...limits];
  // As users run it: what it takes is measured, which from sources is twice as much and depends on when garbage is collected.
  server = await startSightline({ built: true, args });
});
after(() => server.stop());

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';
const LOKI = '/loki/api/v1/push';
const ZIPKIN = '/api/v2/spans';
const LINES = '/api/v1/logs';
const NOW = BigInt(Date.now()) * 1_000_000n;
const TRACE = '5b8efff798038103d269b633813fc60c';

interface Answer {
  status: number;
  type: string;
  body: Buffer;
  retryAfter: string | null;
}

async function send(
  path: string,
  body: string | Uint8Array,
  type = JSON_TYPE,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  return checked(path, type, {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    retryAfter: answer.headers.get('retry-after'),
    body: Buffer.from(await answer.arrayBuffer()),
  });
}

/** The answer, which must be one that clients of the protocol understand. */
function checked(path: string, sent: string, answer: Answer): Answer {
  const { status, type, body, retryAfter } = answer;
  const text = body.toString();
  const about = `${path} ${status} ${type} ${text.slice(0, 200)}`;
  assert.ok([200, 202, 204, 400, 413, 415, 429, 503].includes(status), about);
  assert.ok(body.length < 4096, about);
  if (status === 429 || status === 503) assert.match(retryAfter ?? '', /^\d+$/, about);
  if (path === LOKI || path === ZIPKIN) {
    if (status < 300) assert.equal(text, '', about);
    else assert.match(`${type} ${text}`, /^text\/plain; charset=utf-8 .+\n$/, about);
    return answer;
  }
  if (path !== LINES && sent === PROTOBUF) {
    assert.equal(type, PROTOBUF, about);
    return answer;
  }
  const parsed: Record<string, unknown> = JSON.parse(text);
  const keys = Object.keys(parsed).sort().join();
  if (status === 200) assert.match(keys, /^(partialSuccess|accepted,message,rejected)?$/, about);
  else assert.match(keys, /^(code,message|detail,status,title,type)$/, about);
  return answer;
}

interface Intake {
  failed: number;
  rejections: Map<string, number>;
}

async function intake(): Promise<Intake> {
  const text = await (await fetch(`${server.url}/api/v1/status/intake`)).text();
  const status: {
    protocols: { failed_requests: number }[];
    rejections: { reason: string; points: number }[];
  } = JSON.parse(text);
  const rejections = new Map<string, number>();
  for (const { reason, points } of status.rejections) {
    rejections.set(reason, (rejections.get(reason) ?? 0) + points);
  }
  return {
    failed: status.protocols.reduce((sum, one) => sum + one.failed_requests, 0),
    rejections,
  };
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function protobuf(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter();
  write(writer);
  return writer.finish();
}

function time(writer: ProtobufWriter, field: number): void {
  writer.tag(field, 1);
  writer.fixed64(Number(NOW & 0xffff_ffffn), Number(NOW >> 32n));
}

function pair(writer: ProtobufWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.text(1, key);
    writer.message(2, () => writer.text(1, value));
  });
}

/** Resource, scope and what `item` writes. */
const otlp = (item: (writer: ProtobufWriter) => void): Uint8Array =>
  protobuf((writer) =>
    writer.message(1, () => {
      writer.message(1, () => pair(writer, 1, 'service.name', 'attacked'));
      writer.message(2, () => {
        writer.message(1, () => writer.text(1, 'scope'));
        writer.message(2, () => item(writer));
      });
    }),
  );
const OTLP_LOGS = otlp((writer) => {
  time(writer, 1);
  writer.text(3, 'WARN');
  writer.message(5, () => writer.text(1, 'a line'));
  pair(writer, 6, 'key', 'value');
  writer.bytes(9, Buffer.from(TRACE, 'hex'));
});
const OTLP_SPANS = otlp((writer) => {
  writer.bytes(1, Buffer.from(TRACE, 'hex'));
  writer.bytes(2, Buffer.from(TRACE.slice(16), 'hex'));
  writer.text(5, 'name');
  time(writer, 7);
  time(writer, 8);
  pair(writer, 9, 'key', 'value');
  writer.message(11, () => writer.text(2, 'event'));
});
const LOKI_PUSH = protobuf((writer) =>
  writer.message(1, () => {
    writer.text(1, '{app="attacked", env="x"}');
    writer.message(2, () => {
      writer.text(2, 'a line');
      writer.message(3, () => {
        writer.text(1, 'key');
        writer.text(2, 'value');
      });
    });
  }),
);
const logsOf = (records: string, scope = '') =>
  `{"resourceLogs":[{"scopeLogs":[{${scope}"logRecords":[${records}]}]}]}`;
const spansOf = (spans: string, scope = '') =>
  `{"resourceSpans":[{"scopeSpans":[{${scope}"spans":[${spans}]}]}]}`;
const T = `"timeUnixNano":"${NOW}"`;
const SPAN = `"traceId":"${TRACE}","spanId":"${TRACE.slice(16)}","startTimeUnixNano":"${NOW}","endTimeUnixNano":"${NOW}"`;
const pushOf = (values: string, stream = '{"app":"attacked"}') =>
  `{"streams":[{"stream":${stream},"values":${values}}]}`;
const MICROS = String(NOW / 1000n);

const GOOD: [path: string, body: Uint8Array | string, type: string][] = [
  ['/v1/logs', OTLP_LOGS, PROTOBUF],
  ['/v1/traces', OTLP_SPANS, PROTOBUF],
  ['/v1/logs', logsOf(`{${T},"body":{"stringValue":"ü"},"traceId":"${TRACE}"}`), JSON_TYPE],
  ['/v1/traces', spansOf(`{${SPAN},"events":[{"name":"e"}]}`), JSON_TYPE],
  [LOKI, compressSnappy(LOKI_PUSH), PROTOBUF],
  [LOKI, pushOf(`[["${NOW}","ü",{"level":"info"}]]`), JSON_TYPE],
  [ZIPKIN, `[{"traceId":"a","id":"b","timestamp":${MICROS},"tags":{"k":"ü"}}]`, JSON_TYPE],
  [LINES, '[{"level":"info","msg":"ü"},{"ts":1.5}]', JSON_TYPE],
];

test('requests cut at each byte, and with changed bytes', async () => {
  const before = await intake();
  let failed = 0;
  for (const [path, text, type] of GOOD) {
    const body = Buffer.from(text);
    assert.ok((await send(path, body, type)).status < 300, path);
    const change = fc.record({
      at: fc.nat(body.length - 1),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
    });
    const changes = fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), 150);
    const bodies = changes.map((list) => {
      const changed = Buffer.from(body);
      for (const { at, byte } of list) changed[at] = byte;
      return changed;
    });
    for (let length = 0; length < body.length; length++) bodies.push(body.subarray(0, length));
    for (const one of bodies) if ((await send(path, one, type)).status >= 400) failed++;
  }
  assert.equal((await intake()).failed, before.failed + failed);
});

const MAX_TIME = '18446744073709551615';
const ODD: [path: string, body: string, status: number][] = [
  [LOKI, `{"streams":[],"streams":[{"stream":{"a":"b"},"values":[["${NOW}","x"]]}]}`, 204],
  [LOKI, pushOf(`[["${NOW}","x",{"k":"1","k":"2"}]]`), 204],
  [LOKI, pushOf(`[["${NOW}","x"]]`, '{"a":"b","a":"c"}'), 400],
  [LOKI, pushOf(`[["${NOW}","x"]]`, '{"":"b"}'), 400],
  [LOKI, pushOf(`[["${NOW}","x",{"__proto__":"x"}]]`, '{"__proto__":"x"}'), 204],
  [LOKI, pushOf('[]', '"{}"'), 400],
  [LOKI, pushOf('{}'), 400],
  [LOKI, pushOf('[null]'), 400],
  [LOKI, pushOf(`[["${NOW}",null]]`), 400],
  [LOKI, pushOf('[["-1","x"]]'), 400],
  [LOKI, pushOf(`[["${MAX_TIME}","x"]]`), 400],
  [LOKI, pushOf(`[[${'9'.repeat(100_000)},"x"]]`), 400],
  [LOKI, pushOf('[[1e400,"x"]]'), 400],
  ['/v1/logs', logsOf(`{"timeUnixNano":"${MAX_TIME}"}`), 400],
  ['/v1/logs', logsOf('{"timeUnixNano":-1}'), 400],
  ['/v1/logs', logsOf('{"timeUnixNano":0}'), 200],
  ['/v1/logs', logsOf(`{${T},"severityNumber":37}`), 200],
  ['/v1/logs', logsOf(`{${T},"severityNumber":-1}`), 200],
  ['/v1/logs', logsOf(`{${T},"traceId":"ab"}`), 200],
  ['/v1/logs', logsOf(`{${T},"traceId":"abc"}`), 400],
  ['/v1/logs', logsOf(`{${T},"body":{"intValue":"${'9'.repeat(1000)}"}}`), 400],
  ['/v1/traces', spansOf('{}'), 400],
  ['/v1/traces', spansOf(`{${SPAN},"parentSpanId":"11"}`), 400],
  ['/v1/traces', spansOf(`{${SPAN},"kind":99,"status":{"code":77},"links":[{}]}`), 200],
  ['/v1/traces', spansOf(`{${SPAN.replace(/\d{19}"$/, `${MAX_TIME}"`)}}`), 400],
  [ZIPKIN, '[{}]', 400],
  [ZIPKIN, `[{"traceId":"${'1'.repeat(40)}","id":"2","timestamp":${MICROS}}]`, 400],
  [ZIPKIN, '[{"traceId":"1","id":"2","timestamp":-5,"duration":-7}]', 400],
  [ZIPKIN, `[{"traceId":"1","id":"2","timestamp":${'9'.repeat(100_000)}}]`, 400],
  [ZIPKIN, `[{"traceId":"1","id":"2","timestamp":${MICROS},"tags":{"a":{}}}]`, 400],
  [ZIPKIN, `[{"traceId":"1","id":"2","timestamp":${MICROS},"localEndpoint":{"port":-1}}]`, 202],
  [`${LINES}?a%00b=%ff`, '\0\xff\n{"a":\n{"a"}\n[', 200],
];

test('odd requests', async () => {
  for (const [path, body, status] of ODD) {
    const answer = await send(path, body);
    const about = `${path} ${body.slice(0, 200)}: ${answer.body}`;
    if (status === 400 && answer.status === 200) {
      assert.match(answer.body.toString(), /"rejected(LogRecords|Spans)":"1"/, about);
    } else assert.equal(answer.status, status, about);
  }
});

test('bodies that become much larger', async () => {
  const before = residentMegabytes();
  const attributes = Array.from({ length: 100 }, (_, i) => {
    return { key: `k${i}`, value: { stringValue: 'x'.repeat(150) } };
  });
  const scope = `"scope":${JSON.stringify({ attributes })},`;
  const manyLogs = logsOf(new Array(100_000).fill('{}').join(), scope);
  const manySpans = spansOf(new Array(20_000).fill(`{${SPAN}}`).join(), scope);
  for (const [path, body] of [
    ['/v1/logs', manyLogs],
    ['/v1/traces', manySpans],
  ] as const) {
    const answer = await send(path, body);
    assert.equal(answer.status, 413);
    assert.match(answer.body.toString(), /the records of one request take more than \d+ bytes/);
  }
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 5 };
  const bomb = brotliCompressSync(Buffer.alloc(100_000_000), { params });
  const bombs = Array.from({ length: 20 }, () =>
    send('/v1/logs', bomb, PROTOBUF, { 'content-encoding': 'br' }),
  );
  const codes = (await Promise.all(bombs)).map(({ status }) => status);
  assert.ok(
    codes.every((code) => code === 413 || code === 503),
    String(codes),
  );
  const gzip = { 'content-encoding': 'gzip' };
  for (const line of ['x', '{', 'a=b ', '\xff']) {
    const body = gzipSync(Buffer.alloc(60_000_000, line, 'latin1'), { level: 1 });
    const answer = await send(LINES, body, 'text/plain', gzip);
    assert.equal(answer.status, 200);
    assert.match(answer.body.toString(), /"accepted":1,.*log line of \d+ bytes cut at 262144/);
  }
  const grown = residentMegabytes() - before;
  assert.ok(grown < 700, `${grown} MB more`);
});

test('more streams than there is room for', async () => {
  const resource = (name: string) =>
    `{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"${name}"}}]},"scopeLogs":[{"logRecords":[{${T}}]}]}`;
  const request = (tag: string) =>
    `{"resourceLogs":[${Array.from({ length: 5000 }, (_, i) => resource(`${tag}${i}`)).join()}]}`;
  const part = await send('/v1/logs', request('a'));
  assert.equal(part.status, 200);
  const { partialSuccess } = JSON.parse(part.body.toString());
  assert.ok(Number(partialSuccess.rejectedLogRecords) >= 5000 - MAX_SERIES, part.body.toString());
  const { rejections } = await intake();
  assert.equal(rejections.get('series_limit'), Number(partialSuccess.rejectedLogRecords));
  const push = pushOf(`[["${NOW}","x"]]`, '{"app":"one more"}');
  assert.equal((await send(LOKI, push)).status, 429);
  assert.equal((await send('/v1/logs', `{"resourceLogs":[${resource('a0')}]}`)).status, 200);
});

test('more tenants than there is room for', async () => {
  let refused = 0;
  for (let i = 0; i < 2 * MAX_TENANTS; i++) {
    const headers = { 'x-scope-orgid': `tenant${i}` };
    if ((await send(LINES, 'x', 'text/plain', headers)).status === 429) refused++;
  }
  assert.ok(refused >= MAX_TENANTS, String(refused));
  const { rejections } = await intake();
  assert.ok((rejections.get('tenant_limit') ?? 0) > 0);
  assert.equal((await send(LINES, 'x', 'text/plain')).status, 200);
});
