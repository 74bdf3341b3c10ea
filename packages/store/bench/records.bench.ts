/**
 * Blocks of log records and spans alone: microseconds a record to encode, bytes a record stored, milliseconds to find a needle.
 * Run: node --conditions=development packages/store/bench/records.bench.ts [rows] [rows to shuffle within]
 */
import { RecordBlockEncoder } from '../src/embedded/records/block-encoder.ts';
import { MAX_BLOCK_ROWS, type RecordBlock } from '../src/embedded/records/block-format.ts';
import type { RecordBlockReader } from '../src/embedded/records/block-reader.ts';
import { allRows, keepField, keepText, mayContain } from '../src/embedded/records/select.ts';
import { readerOf } from '../src/embedded/records/test-blocks.ts';
import { needleTokens } from '../src/embedded/records/tokens.ts';
import { BASE_HI, makeLogs, makeSpans, type Rows, random } from './generate.ts';

const ROWS = Number(process.argv[2] ?? 200_000);
const SHUFFLE = Number(process.argv[3] ?? 0);
const encoder = new TextEncoder();

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
  const rows = signal === 'logs' ? makeLogs(ROWS) : makeSpans(ROWS);
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
      for (const page of [...block.filters.tokens, ...block.filters.grams]) filter += page.length;
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
