/**
 * Blocks of log records and spans alone: microseconds a record to encode, bytes a record stored, milliseconds to find a needle.
 * Run: node --conditions=development packages/store/bench/records.bench.ts [rows] [rows to shuffle within]
 */
import { FieldWriter } from '@sightline/wire';
import { RecordBlockEncoder } from '../src/embedded/records/block-encoder.ts';
import { MAX_BLOCK_ROWS, type RecordBlock } from '../src/embedded/records/block-format.ts';
import { RecordBlockReader } from '../src/embedded/records/block-reader.ts';
import { allRows, keepField, keepText, mayContain } from '../src/embedded/records/select.ts';
import { needleTokens } from '../src/embedded/records/tokens.ts';

const ROWS = Number(process.argv[2] ?? 200_000);
const SHUFFLE = Number(process.argv[3] ?? 0);
const BASE_HI = 0x18_79_d0_00;

let state = 42;
function random(below: number): number {
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

interface Rows {
  side: FieldWriter;
  at: Uint32Array;
  tLo: Uint32Array;
  duration: Uint32Array;
  stream: Uint32Array;
}

function emptyRows(): Rows {
  const column = (): Uint32Array => new Uint32Array(ROWS + 1);
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

function makeLogs(): Rows {
  const rows = emptyRows();
  const { side } = rows;
  let t = 0;
  for (let i = 0; i < ROWS; i++) {
    t += random(40_000);
    rows.tLo[i] = t;
    rows.stream[i] = Math.floor((i / ROWS) * 20) + 1;
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
  rows.at[ROWS] = side.length;
  return rows;
}

function makeSpans(): Rows {
  const rows = emptyRows();
  const { side } = rows;
  const trace = new FieldWriter();
  const ids: number[] = [];
  let t = 0;
  for (let i = 0; i < ROWS; i++) {
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
  rows.at[ROWS] = side.length;
  return rows;
}

/** All rows, each up to `SHUFFLE` places from where it was made: spans of a trace do not arrive together. */
function shuffled(): Uint32Array {
  const order = Uint32Array.from({ length: ROWS }, (_, i) => i);
  for (let i = 0; i + SHUFFLE < ROWS && SHUFFLE > 0; i++) {
    const other = i + random(SHUFFLE);
    const kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  return order;
}

function encode(signal: 'logs' | 'spans', rows: Rows): RecordBlock[] {
  const blocks: RecordBlock[] = [];
  const block = new RecordBlockEncoder(signal);
  const { side, at, tLo, duration, stream } = rows;
  const order = shuffled();
  for (let row = 0; row < ROWS; row++) {
    const i = order[row];
    const length = at[i + 1] - at[i];
    if (signal === 'logs') block.addLog(stream[i], tLo[i], BASE_HI, 9, side.buffer, at[i], length);
    else {
      const end = tLo[i] + duration[i];
      const endHi = BASE_HI + Math.floor(end / 2 ** 32);
      const { buffer } = side;
      block.addSpan(stream[i], tLo[i], BASE_HI, end, endHi, 2, 0, buffer, at[i], length);
    }
    if (block.full) blocks.push(block.finish());
  }
  if (block.rows > 0) blocks.push(block.finish());
  return blocks;
}

for (const signal of ['logs', 'spans'] as const) {
  const rows = signal === 'logs' ? makeLogs() : makeSpans();
  console.log(
    `${signal}: ${ROWS} rows, ${(rows.side.length / ROWS).toFixed(0)} bytes a record raw`,
  );
  for (let run = 0; run < 3; run++) {
    const cpu = process.cpuUsage();
    const blocks = encode(signal, rows);
    const { user, system } = process.cpuUsage(cpu);
    let directory = 0;
    let filter = 0;
    let pieces = 0;
    for (const block of blocks) {
      directory += block.directory.length;
      filter += block.filter.length;
      for (const piece of block.pieces) pieces += piece.length;
    }
    const per = (bytes: number): string => (bytes / ROWS).toFixed(2);
    console.log(
      `  encode ${((user + system) / ROWS).toFixed(2)} us; bytes ${per(directory + filter + pieces)} = directory ${per(directory)} + filter ${per(filter)} + pieces ${per(pieces)}; ${blocks.length} blocks of ${MAX_BLOCK_ROWS}`,
    );
    if (run < 2) continue;
    sizes(signal, blocks);
    if (signal === 'logs') searches(blocks);
  }
}

function readerOf(signal: 'logs' | 'spans', block: RecordBlock): RecordBlockReader {
  const source = { piece: (i: number) => block.pieces[i], filter: () => block.filter };
  return new RecordBlockReader(signal, block.directory, source, 'bench');
}

function searches(blocks: RecordBlock[]): void {
  let misses = 0;
  for (let i = 0; i < 1000; i++) {
    const tokens = needleTokens(encoder.encode(`absent${i}`), true);
    for (const block of blocks.slice(0, 4)) {
      if (mayContain(readerOf('logs', block), tokens)) misses++;
    }
  }
  console.log(`    filter: ${(misses / 40).toFixed(2)} % false positives`);
  const bodies = blocks.map((block) => readerOf('logs', block));
  const ids = bodies[3]?.fieldColumns('request.id')[0];
  const known = ids === undefined ? undefined : bodies[3]?.strings(ids);
  const id = Buffer.from(known?.bytes.subarray(0, known.offsets[1]) ?? []).toString();
  const time = (what: string, find: (reader: RecordBlockReader) => number): void => {
    for (let run = 0; run < 2; run++) {
      const start = performance.now();
      let found = 0;
      for (const block of blocks) found += find(readerOf('logs', block));
      const ms = performance.now() - start;
      if (run === 1) console.log(`    ${what}: ${found} rows in ${ms.toFixed(1)} ms`);
    }
  };
  const equal = (name: string, value: string) => (reader: RecordBlockReader) =>
    keepField(reader, allRows(reader), name, value);
  const contains =
    (needle: string, whole: boolean) =>
    (reader: RecordBlockReader): number => {
      const bytes = encoder.encode(needle);
      if (!mayContain(reader, needleTokens(bytes, whole))) return 0;
      return keepText(reader, allRows(reader), bytes);
    };
  time(`request.id = ${id}`, equal('request.id', id));
  time('user.id = user-777', equal('user.id', 'user-777'));
  time('http.route = /api/cart', equal('http.route', '/api/cart'));
  time('word that is nowhere', contains('surelynotthere', true));
  time('substring "customer 777"', contains('customer 777', false));
  time('substring "imed ou"', contains('imed ou', false));
  time('status_code = 500', equal('http.response.status_code', '500'));
}

function sizes(signal: 'logs' | 'spans', blocks: RecordBlock[]): void {
  const block = blocks[0];
  const reader = readerOf(signal, block);
  for (const { kind, key, sections } of reader.columns) {
    const text = sections.map((place) => {
      if ('inline' in place) return `${place.inline.length} inline`;
      const piece = block.pieces[place.piece];
      const view = new DataView(piece.buffer, piece.byteOffset + place.offset);
      return (view.getUint32(40, true) / block.rows).toFixed(2);
    });
    console.log(`    column ${kind} ${key}: ${text.join(' + ')}`);
  }
}
