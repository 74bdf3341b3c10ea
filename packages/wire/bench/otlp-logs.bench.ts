/**
 * Decoding of OTLP logs alone: records of 8 attributes a second on one core, in protobuf and in JSON.
 * Run: node --conditions=development packages/wire/bench/otlp-logs.bench.ts
 */
import {
  DEFAULT_LOG_LIMITS,
  decodeOtlpLogs,
  decodeOtlpLogsJson,
  LogBatch,
  type LogLimits,
  ProtobufWriter,
  type SeriesResolver,
} from '@sightline/wire';

const RECORDS = 5000;
const now = Date.now();
const limits: LogLimits = { ...DEFAULT_LOG_LIMITS, now };

/** Knows every form: what is measured is the decoding. */
const resolver: SeriesResolver = { refusal: '', lookup: () => 1, register: () => 1 };

interface Attribute {
  key: string;
  value: { stringValue: string } | { intValue: string } | { boolValue: boolean };
}

function attributes(i: number): Attribute[] {
  return [
    { key: 'http.request.method', value: { stringValue: i % 3 === 0 ? 'POST' : 'GET' } },
    { key: 'url.path', value: { stringValue: `/api/v1/orders/${i * 7919}` } },
    { key: 'http.response.status_code', value: { intValue: String(i % 50 === 0 ? 500 : 200) } },
    { key: 'client.address', value: { stringValue: `10.${i % 250}.${i % 99}.${i % 7}` } },
    { key: 'user.id', value: { stringValue: `user-${i % 5000}` } },
    { key: 'duration_ms', value: { intValue: String((i * 31) % 2000) } },
    { key: 'thread.name', value: { stringValue: `worker-${i % 16}` } },
    { key: 'cache.hit', value: { boolValue: i % 2 === 0 } },
  ];
}

const resource: Attribute[] = ['service.name', 'service.version', 'host.name', 'k8s.pod.name'].map(
  (key) => ({ key, value: { stringValue: `${key}-value` } }),
);

function record(i: number) {
  return {
    timeUnixNano: `${now - i}000000`,
    observedTimeUnixNano: `${now}000000`,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: `order ${i} accepted for customer ${i * 13} in ${i % 700} ms, queue 17` },
    attributes: attributes(i),
    traceId: (i + 1).toString(16).padStart(32, '5'),
    spanId: (i + 1).toString(16).padStart(16, '7'),
  };
}

const writer = new ProtobufWriter();

function fixed(field: number, text: string): void {
  const value = BigInt(text);
  writer.tag(field, 1);
  writer.fixed64(Number(value & 0xffffffffn), Number(value >> 32n));
}

function writeAttributes(field: number, list: Attribute[]): void {
  for (const { key, value } of list) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => {
        if ('stringValue' in value) writer.text(1, value.stringValue);
        else if ('intValue' in value) {
          writer.tag(3, 0);
          writer.int64(Number(value.intValue));
        } else {
          writer.tag(2, 0);
          writer.varint(value.boolValue ? 1 : 0);
        }
      });
    });
  }
}

function protobuf(): Uint8Array {
  writer.clear();
  writer.message(1, () => {
    writer.message(1, () => writeAttributes(1, resource));
    writer.message(2, () => {
      writer.message(1, () => writer.text(1, 'bench'));
      for (let i = 0; i < RECORDS; i++) {
        const r = record(i);
        writer.message(2, () => {
          fixed(1, r.timeUnixNano);
          writer.tag(2, 0);
          writer.varint(r.severityNumber);
          writer.text(3, r.severityText);
          writer.message(5, () => writer.text(1, r.body.stringValue));
          writeAttributes(6, r.attributes);
          writer.bytes(9, Buffer.from(r.traceId, 'hex'));
          writer.bytes(10, Buffer.from(r.spanId, 'hex'));
          fixed(11, r.observedTimeUnixNano);
        });
      }
    });
  });
  return writer.finish();
}

function json(): Uint8Array {
  const scopeLogs = [
    { scope: { name: 'bench' }, logRecords: Array.from({ length: RECORDS }, (_, i) => record(i)) },
  ];
  return Buffer.from(
    JSON.stringify({ resourceLogs: [{ resource: { attributes: resource }, scopeLogs }] }),
  );
}

function measure(name: string, body: Uint8Array, rounds: number, round: () => void): void {
  for (let i = 0; i < rounds / 4; i++) round();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) round();
  const used = process.cpuUsage(start);
  const ns = ((used.user + used.system) * 1000) / (rounds * RECORDS);
  const perRecord = body.length / RECORDS;
  console.log(
    `${name}: ${(1000 / ns).toFixed(2)} M records/s, ${ns.toFixed(0)} ns and ${perRecord.toFixed(0)} bytes each`,
  );
}

const batch = new LogBatch(RECORDS);
const binary = protobuf();
measure('OTLP logs in protobuf', binary, 400, () => {
  batch.clear();
  decodeOtlpLogs(binary, resolver, limits, batch);
});
console.log(
  `${batch.n} records, ${(batch.sideLength / batch.n).toFixed(0)} bytes each in the batch`,
);
const text = json();
measure('OTLP logs in JSON', text, 40, () => {
  batch.clear();
  decodeOtlpLogsJson(text, resolver, limits, batch);
});
