/**
 * Decoding of OTLP traces alone: spans of 8 attributes a second on one core, in protobuf, in JSON and as Zipkin has them.
 * Run: node --conditions=development packages/wire/bench/otlp-traces.bench.ts
 */
import {
  DEFAULT_SPAN_LIMITS,
  decodeOtlpTraces,
  decodeOtlpTracesJson,
  decodeZipkinJson,
  ProtobufWriter,
  type SeriesResolver,
  SpanBatch,
} from '@sightline/wire';

const SPANS = 5000;
const now = BigInt(Date.now()) * 1_000_000n;

/** Knows every form: what is measured is the decoding. */
const resolver: SeriesResolver = { refusal: '', lookup: () => 1, register: () => 1 };

interface Attribute {
  key: string;
  value: { stringValue: string } | { intValue: string };
}

function attributes(i: number): Attribute[] {
  return [
    { key: 'http.request.method', value: { stringValue: i % 3 === 0 ? 'POST' : 'GET' } },
    { key: 'url.path', value: { stringValue: `/api/v1/orders/${i * 7919}` } },
    { key: 'http.route', value: { stringValue: '/api/v1/orders/{id}' } },
    { key: 'http.response.status_code', value: { intValue: String(i % 50 === 0 ? 500 : 200) } },
    { key: 'client.address', value: { stringValue: `10.${i % 250}.${i % 99}.${i % 7}` } },
    { key: 'user.id', value: { stringValue: `user-${i % 5000}` } },
    { key: 'server.port', value: { intValue: '8080' } },
    { key: 'thread.name', value: { stringValue: `worker-${i % 16}` } },
  ];
}

const resource: Attribute[] = ['service.name', 'service.version', 'host.name', 'k8s.pod.name'].map(
  (key) => ({ key, value: { stringValue: `${key}-value` } }),
);

function spanOf(i: number, events: number) {
  const start = now + BigInt(i) * 1_000_003n;
  return {
    traceId: (Math.floor(i / 20) + 1).toString(16).padStart(32, '5'),
    spanId: (i + 1).toString(16).padStart(16, '7'),
    parentSpanId: i.toString(16).padStart(16, '7'),
    name: `GET /api/v1/orders/{id}`,
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 12_345_678n),
    attributes: attributes(i),
    events: Array.from({ length: events }, (_, k) => ({
      timeUnixNano: String(start + BigInt(k)),
      name: 'message',
      attributes: attributes(i).slice(0, 2),
    })),
    status: { code: i % 50 === 0 ? 2 : 0 },
  };
}

const writer = new ProtobufWriter();

function fixed(field: number, text: string): void {
  const value = BigInt(text);
  writer.tag(field, 1);
  writer.fixed64(Number(value & 0xffffffffn), Number(value >> 32n));
}

function varint(field: number, value: number): void {
  writer.tag(field, 0);
  writer.varint(value);
}

function writeAttributes(field: number, list: Attribute[]): void {
  for (const { key, value } of list) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => {
        if ('stringValue' in value) writer.text(1, value.stringValue);
        else varint(3, Number(value.intValue));
      });
    });
  }
}

function writeSpan(span: ReturnType<typeof spanOf>): void {
  writer.bytes(1, Buffer.from(span.traceId, 'hex'));
  writer.bytes(2, Buffer.from(span.spanId, 'hex'));
  writer.bytes(4, Buffer.from(span.parentSpanId, 'hex'));
  writer.text(5, span.name);
  varint(6, span.kind);
  fixed(7, span.startTimeUnixNano);
  fixed(8, span.endTimeUnixNano);
  writeAttributes(9, span.attributes);
  for (const event of span.events) {
    writer.message(11, () => {
      fixed(1, event.timeUnixNano);
      writer.text(2, event.name);
      writeAttributes(3, event.attributes);
    });
  }
  writer.message(15, () => varint(3, span.status.code));
}

const spans = (events: number) => Array.from({ length: SPANS }, (_, i) => spanOf(i, events));

function protobuf(events: number): Uint8Array {
  writer.clear();
  writer.message(1, () => {
    writer.message(1, () => writeAttributes(1, resource));
    writer.message(2, () => {
      writer.message(1, () => writer.text(1, 'bench'));
      for (const span of spans(events)) writer.message(2, () => writeSpan(span));
    });
  });
  return writer.finish();
}

function json(): Uint8Array {
  const scopeSpans = [{ scope: { name: 'bench' }, spans: spans(0) }];
  return Buffer.from(
    JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans }] }),
  );
}

function zipkin(): Uint8Array {
  const list = spans(0).map((span) => ({
    traceId: span.traceId,
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: 'SERVER',
    timestamp: Number(BigInt(span.startTimeUnixNano) / 1000n),
    duration: 12_345,
    localEndpoint: { serviceName: 'bench' },
    tags: Object.fromEntries(
      span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
    ),
  }));
  return Buffer.from(JSON.stringify(list));
}

const batch = new SpanBatch(SPANS);

function measure(name: string, body: Uint8Array, rounds: number, decode: typeof decodeOtlpTraces) {
  const round = () => {
    batch.clear();
    decode(body, resolver, DEFAULT_SPAN_LIMITS, batch);
  };
  for (let i = 0; i < rounds / 4; i++) round();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) round();
  const used = process.cpuUsage(start);
  const ns = ((used.user + used.system) * 1000) / (rounds * SPANS);
  const sizes = `${(body.length / SPANS).toFixed(0)} bytes each, ${(batch.sideLength / batch.n).toFixed(0)} in the batch`;
  console.log(`${name}: ${(1000 / ns).toFixed(2)} M spans/s, ${ns.toFixed(0)} ns; ${sizes}`);
}

measure('OTLP traces in protobuf', protobuf(0), 200, decodeOtlpTraces);
measure('the same with 2 events of 2 attributes', protobuf(2), 100, decodeOtlpTraces);
measure('OTLP traces in JSON', json(), 40, decodeOtlpTracesJson);
measure('Zipkin v2 JSON', zipkin(), 40, decodeZipkinJson);
