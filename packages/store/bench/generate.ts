/** Log records and spans for benches: texts, ids and attributes as services send them. */
import { FieldWriter } from '@sightline/wire';

export const BASE_HI = 0x18_79_d0_00;

let state = 42;
export function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

function hex(length: number): string {
  let text = '';
  while (text.length < length) text += random(65536).toString(16).padStart(4, '0');
  return text;
}

function pick<T>(of: readonly T[]): T {
  return of[random(of.length)];
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT'];
const ROUTES = ['/api/users', '/api/orders', '/api/cart', '/api/products', '/health'];
const encoder = new TextEncoder();
const KEYS = new Map<string, Uint8Array>();

function key(name: string): Uint8Array {
  let bytes = KEYS.get(name);
  if (bytes === undefined) {
    bytes = encoder.encode(name);
    KEYS.set(name, bytes);
  }
  return bytes;
}

function int(out: FieldWriter, name: string, value: number): void {
  const bytes = key(name);
  out.int(bytes, 0, bytes.length, value, 0);
}

function double(out: FieldWriter, name: string, value: number): void {
  const bits = new Uint32Array(Float64Array.of(value).buffer);
  const bytes = key(name);
  out.double(bytes, 0, bytes.length, bits[0], bits[1]);
}

function randomBytes(out: FieldWriter, count: number): void {
  for (let i = 0; i < count; i++) out.byte(random(256));
}

/** Records back to back in `side`, where record i begins at `at[i]`; times have the high word of BASE_HI or above. */
export interface Rows {
  side: FieldWriter;
  at: Uint32Array;
  tLo: Uint32Array;
  duration: Uint32Array;
  stream: Uint32Array;
}

function emptyRows(count: number): Rows {
  const column = (): Uint32Array => new Uint32Array(count + 1);
  const columns = { at: column(), tLo: column(), duration: column(), stream: column() };
  return { side: new FieldWriter(), ...columns };
}

function body(status: number, route: string): string {
  switch (random(5)) {
    case 0:
      return `request completed method=${pick(METHODS)} path=${route}/${random(100000)} status=${status} duration=${random(3000)}ms bytes=${random(90000)}`;
    case 1:
      return `user ${random(50000)} logged in from 10.${random(4)}.${random(256)}.${random(256)} session ${hex(16)}`;
    case 2:
      return `connection to database db-${random(8)}.internal:5432 timed out after ${random(30000)} ms, retrying (attempt ${random(5)})`;
    case 3:
      return `cache miss for key product:${random(200000)}:v${random(9)} in region ${pick(['eu-west-1', 'us-east-1'])}`;
    default:
      return `processed order ${hex(8)} for customer ${random(90000)}: total ${random(100000) / 100} EUR, ${random(12)} items`;
  }
}

/** `count` log records with eight attributes each; every stream has a stretch of the time. */
export function makeLogs(count: number): Rows {
  const rows = emptyRows(count);
  const { side } = rows;
  let t = 0;
  for (let i = 0; i < count; i++) {
    t += random(40_000);
    rows.tLo[i] = t;
    rows.stream[i] = Math.floor((i / count) * 20) + 1;
    rows.at[i] = side.length;
    const traced = random(2) === 0;
    side.byte(traced ? 3 : 0);
    if (traced) randomBytes(side, 24);
    const status = pick([200, 200, 200, 200, 201, 304, 404, 500]);
    const route = pick(ROUTES);
    side.prefixedText(body(status, route));
    side.text('http.request.method', pick(METHODS));
    side.text('http.route', route);
    int(side, 'http.response.status_code', status);
    double(side, 'duration_ms', random(300000) / 100);
    side.text('client.address', `10.${random(4)}.${random(256)}.${random(256)}`);
    side.text('user.id', `user-${random(50000)}`);
    side.text('k8s.pod.name', `api-7d9f8b6c5-${random(30)}`);
    side.text('request.id', `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`);
  }
  rows.at[count] = side.length;
  return rows;
}

/** `count` spans with eight attributes each, eight spans to a trace. */
export function makeSpans(count: number): Rows {
  const rows = emptyRows(count);
  const { side } = rows;
  const trace = new FieldWriter();
  const ids: number[] = [];
  let t = 0;
  for (let i = 0; i < count; i++) {
    if (i % 8 === 0) {
      trace.clear();
      randomBytes(trace, 16);
      ids.length = 0;
    }
    t += random(20_000);
    rows.tLo[i] = t;
    rows.duration[i] = random(50_000_000);
    rows.stream[i] = random(10) + 1;
    rows.at[i] = side.length;
    side.copy(trace.buffer, 0, 16);
    const own = side.length;
    randomBytes(side, 8);
    if (ids.length === 0) side.copy(new Uint8Array(8), 0, 8);
    else {
      const parent = pick(ids);
      side.copy(side.buffer, parent, parent + 8);
    }
    ids.push(own);
    const route = pick(ROUTES);
    side.prefixedText(`${pick(METHODS)} ${route}`);
    const start = side.begin();
    side.text('http.request.method', pick(METHODS));
    side.text('http.route', route);
    int(side, 'http.response.status_code', pick([200, 200, 200, 404, 500]));
    side.text('server.address', `svc-${random(10)}.internal`);
    int(side, 'server.port', 8080);
    side.text('user.id', `user-${random(50000)}`);
    side.text('db.system', pick(['postgresql', 'redis']));
    int(side, 'thread.id', random(64));
    side.end(start);
    side.byte(0);
    side.byte(0);
  }
  rows.at[count] = side.length;
  return rows;
}
