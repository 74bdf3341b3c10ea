/** Log records in files and head segments that a test puts together, and the reader over them. Not for use outside tests. */
import { LogBatch, labelsFromPairs } from '@sightline/wire';
import type { QueryBudget } from '../../../querier.ts';
import type { LogRequest, LogRows, RecordQuerier } from '../../../records.ts';
import { NOON, type TestKind, TestRecordStore } from './test-record-store.ts';

export const noBudget: QueryBudget = { addSamples: () => {}, addBytes: () => {}, poll: () => {} };

export interface TestLog {
  /** Value of the label `app` of its stream. */
  app: string;
  /** Nanoseconds after NOON. */
  t: number;
  body: string;
  severity?: number;
  trace?: string;
  span?: string;
  /** Strings, numbers (doubles) and integers. */
  fields?: readonly (readonly [name: string, value: string | number | bigint | boolean])[];
}

const encoder = new TextEncoder();

function putFields(batch: LogBatch, fields: NonNullable<TestLog['fields']>): void {
  const { writer } = batch;
  for (const [name, value] of fields) {
    const key = encoder.encode(name);
    if (typeof value === 'string') writer.text(name, value);
    else if (typeof value === 'boolean') writer.bool(key, 0, key.length, value);
    else if (typeof value === 'bigint') {
      const bits = BigInt.asUintN(64, value);
      writer.int(key, 0, key.length, Number(bits & 0xffffffffn), Number(bits >> 32n));
    } else {
      const words = new Uint32Array(Float64Array.of(value).buffer);
      writer.double(key, 0, key.length, words[0], words[1]);
    }
  }
}

export function wordsOf(t: number): { lo: number; hi: number } {
  const time = NOON + BigInt(t);
  return { lo: Number(time & 0xffffffffn), hi: Number(time >> 32n) };
}

/** A batch whose streams are what `streamOf` says. */
function batchOf(logs: readonly TestLog[], streamOf: (app: string) => number): LogBatch {
  const batch = new LogBatch();
  for (const { app, t, body, severity = 0, trace = '', span = '', fields = [] } of logs) {
    const at = batch.sideLength;
    const { writer } = batch;
    writer.byte((trace === '' ? 0 : 1) | (span === '' ? 0 : 2));
    for (const byte of Buffer.from(trace + span, 'hex')) writer.byte(byte);
    writer.prefixedText(body);
    putFields(batch, fields);
    const { lo, hi } = wordsOf(t);
    batch.push(streamOf(app), lo, hi, severity, at);
  }
  return batch;
}

const KIND: TestKind<TestLog, LogBatch> = {
  signal: 'logs',
  sideBytes: 1 << 20,
  batchOf,
  labelsOf: (app) => labelsFromPairs(['app', app]),
  encode: (block, { stream, tLo, tHi, severity, side, at, length }, i) =>
    block.addLog(stream[i], tLo[i], tHi[i], severity[i], side, at[i], length[i]),
};

export class TestRecords extends TestRecordStore<TestLog, LogBatch> {
  constructor(dir: string, rowsInBlock = 100) {
    super(KIND, dir, rowsInBlock);
  }
}

/** A request for everything of the streams whose label `app` does not begin with `-`. */
export function requestOf(request: Partial<LogRequest>, from = -1e15, to = 1e15): LogRequest {
  return {
    wants: (stream) => !stream.get('app').startsWith('-'),
    from: wordsOf(from),
    to: wordsOf(to),
    backward: false,
    texts: [],
    fields: [],
    budget: noBudget,
    ...request,
  };
}

/** The record that is shown. */
export function shownOf(rows: LogRows): TestLog {
  const { stream, tLo, tHi, severity, traceId, spanId, body, fields } = rows;
  const t = Number((BigInt(tHi) << 32n) + BigInt(tLo) - NOON);
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) pairs.push([fields[i], fields[i + 1]]);
  const app = stream.get('app');
  return { app, t, body, severity, trace: traceId, span: spanId, fields: pairs };
}

/** All records of a request, in its order. */
export function readAll(querier: RecordQuerier, request: LogRequest): TestLog[] {
  const rows = querier.logs(request);
  const shown: TestLog[] = [];
  while (rows.next()) shown.push(shownOf(rows));
  rows.close();
  return shown;
}
