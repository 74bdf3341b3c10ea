/**
 * A scrape target with a native histogram, in the protobuf form of Prometheus' exposition (io.prometheus.client.MetricFamily, delimited):
 * the only form in which a Prometheus takes native histograms from a target.
 */
import { createServer, type Server } from 'node:http';

const CONTENT_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const SCHEMA = 2;
const ZERO_THRESHOLD = 0.001;

/** Answers every request with `native_seconds`, which has seen more at every answer. Listens on a free loopback port. */
export async function startNativeTarget(): Promise<{ address: string; server: Server }> {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes++;
    response.writeHead(200, { 'content-type': CONTENT_TYPE });
    response.end(delimited(family(scrapes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { address: `127.0.0.1:${port}`, server };
}

/** After n scrapes: n in the zero bucket, 2n, 3n and n in buckets -3, -2 and 5, n in the negative bucket 0. */
function family(n: number): Buffer {
  const histogram = Buffer.concat([
    unsigned(1, 8 * n),
    double(2, 3.25 * n),
    signed(5, SCHEMA),
    double(6, ZERO_THRESHOLD),
    unsigned(7, n),
    bytes(9, Buffer.concat([signed(1, 0), unsigned(2, 1)])),
    bytes(10, zigzag(n)),
    bytes(12, Buffer.concat([signed(1, -3), unsigned(2, 2)])),
    bytes(12, Buffer.concat([signed(1, 6), unsigned(2, 1)])),
    bytes(13, Buffer.concat([zigzag(2 * n), zigzag(n), zigzag(-2 * n)])),
  ]);
  return Buffer.concat([
    bytes(1, Buffer.from('native_seconds')),
    bytes(2, Buffer.from('Of a test.')),
    unsigned(3, 4),
    bytes(4, bytes(7, histogram)),
  ]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) + 128);
  }
}

function zigzag(value: number): Buffer {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function unsigned(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function signed(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), zigzag(value)]);
}

function double(field: number, value: number): Buffer {
  const out = Buffer.alloc(9);
  out[0] = field * 8 + 1;
  out.writeDoubleLE(value, 1);
  return out;
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), delimited(value)]);
}

function delimited(message: Buffer): Buffer {
  return Buffer.concat([varint(message.length), message]);
}
