/**
 * All spans of a trace: pages by the trace index of each flush, rows of the head by comparing ids.
 *
 * Invariant: a day without spans of the trace ends the search of files once there are some: what lies further back is left out.
 */
import type { QueryBudget } from '../../../querier.ts';
import type { SpanRow, SpanSet } from '../../../records.ts';
import type { HeadRecords } from './head-records.ts';
import type { RecordInputs } from './inputs.ts';
import type { RecordFile } from './record-file.ts';
import { FilePage } from './span-file-page.ts';
import { HeadPage } from './span-head-page.ts';
import { uniqueRows } from './span-links.ts';
import { type SpanPage, type SpanRowsPage, sameTrace } from './span-page.ts';
import { ORDER_FACTOR } from './span-pages.ts';
import { pickRows } from './span-picks.ts';
import { spanRows } from './span-rows.ts';
import { type SetRows, spanSetOf } from './span-sets.ts';
import { ROW_BYTES } from './span-traces.ts';

const TRACE_ID = /^[0-9a-f]{32}$/;
const POLL_ROWS = 65_536;
/** Objects of a span with a few attributes. */
const RECORD_BYTES = 1024;

/**
 * In order of their starts, of equal span ids the one that was written last; empty when there is none. Unless `spanId` is '' the span
 * with this id alone.
 */
export function readTrace(
  inputs: RecordInputs,
  traceId: string,
  budget: QueryBudget,
  spanId: string,
): SpanRow[] {
  const rows = findRows(inputs, traceId, budget);
  if (rows === null) return [];
  const spans: SpanRow[] = [];
  for (const [place, page] of rows.pages.entries()) {
    budget.poll();
    const ofPage = rows.row.filter((_, i) => rows.page[i] === place);
    const own = spanId === '' ? ofPage : rowsWithId(page, ofPage, spanId);
    budget.addBytes(own.length * RECORD_BYTES);
    spans.push(...spanRows(page, own, (stream) => inputs.labels(stream)));
  }
  return spans.sort(byStart);
}

function rowsWithId(page: SpanRowsPage, rows: Uint32Array, spanId: string): Uint32Array {
  const { lo, hi } = page.spanIds();
  const wantedHi = Number.parseInt(spanId.slice(0, 8), 16);
  const wantedLo = Number.parseInt(spanId.slice(8), 16);
  return rows.filter((row) => lo[row] === wantedLo && hi[row] === wantedHi);
}

/** As `readTrace`, as columns. */
export function readSpanSet(
  inputs: RecordInputs,
  traceId: string,
  budget: QueryBudget,
): SpanSet | null {
  const rows = findRows(inputs, traceId, budget);
  if (rows === null) return null;
  return spanSetOf([Buffer.from(traceId, 'hex')], rows, (stream) => inputs.labels(stream));
}

function byStart(a: SpanRow, b: SpanRow): number {
  return (
    a.startHi - b.startHi || a.startLo - b.startLo || (a.record.spanId < b.record.spanId ? -1 : 1)
  );
}

function findRows(inputs: RecordInputs, traceId: string, budget: QueryBudget): SetRows | null {
  if (!TRACE_ID.test(traceId)) return null;
  const id = Buffer.from(traceId, 'hex');
  const parts = [...fileParts(inputs, id, budget), ...headParts(inputs, id, budget)].sort(
    (a, b) => a.page.order - b.page.order,
  );
  const pages = parts.map(({ page }) => page);
  const found = parts.map(({ rows }) => rows);
  const total = found.reduce((sum, rows) => sum + rows.length, 0);
  if (total === 0) return null;
  budget.addSamples(total);
  budget.addBytes(total * ROW_BYTES);
  const page = new Uint16Array(total);
  const row = new Uint32Array(total);
  let n = 0;
  for (const [place, rows] of found.entries()) {
    page.fill(place, n, n + rows.length);
    row.set(rows, n);
    n += rows.length;
  }
  return uniqueRows(pickRows({ pages, page, row, offsets: Uint32Array.of(0, total) }));
}

/** The rows of the trace in a page; at least one. */
interface Part {
  page: SpanPage;
  rows: Uint32Array;
}

/** Days before those that have the trace which are searched, too. */
const DAYS_BEFORE = 1;

/** Newest days first, so that a trace of today does not open all files. */
function fileParts(inputs: RecordInputs, id: Uint8Array, budget: QueryBudget): Part[] {
  const parts: Part[] = [];
  let emptyDays = 0;
  for (const { startMs, endMs } of inputs.ranges()) {
    const found = inputs
      .files(startMs, endMs - 1)
      .flatMap((file) => partsOfFile(file, id, inputs.pinned, budget));
    parts.push(...found);
    if (parts.length === 0) continue;
    emptyDays = found.length === 0 ? emptyDays + 1 : 0;
    if (emptyDays >= DAYS_BEFORE) break;
  }
  return parts;
}

function partsOfFile(
  file: RecordFile,
  id: Uint8Array,
  pinned: ReadonlySet<number>,
  budget: QueryBudget,
): Part[] {
  budget.poll();
  const blocks = new Set(file.traceBlocks(id));
  if (blocks.size === 0) return [];
  const parts: Part[] = [];
  for (const { id: block, seq } of file.blocks) {
    if (!blocks.has(block) || pinned.has(seq)) continue;
    budget.poll();
    const order = seq * ORDER_FACTOR + block;
    const page = new FilePage(file.block(block).block, file, order);
    const rows = rowsOf(page, id);
    if (rows.length > 0) parts.push({ page, rows });
  }
  return parts;
}

/** Rows of the trace, ascending. */
function rowsOf(page: SpanPage, id: Uint8Array): Uint32Array {
  const { ids, count, codes } = page.traces();
  let trace = 0;
  while (trace < count && !sameTrace(ids, trace * 16, id, 0)) trace++;
  const rows = new Uint32Array(codes.length);
  let n = 0;
  for (let row = 0; row < codes.length; row++) if (codes[row] === trace) rows[n++] = row;
  return rows.slice(0, n);
}

/** One for each segment that has rows of the trace. */
function headParts(inputs: RecordInputs, id: Uint8Array, budget: QueryBudget): Part[] {
  const parts: Part[] = [];
  for (const head of inputs.head) {
    const picked = headRows(head, id, budget);
    const streams = picked.map((row) => head.stream(head.segment.stream[row]));
    if (picked.length === 0) continue;
    const page = new HeadPage(head, picked, streams, head.number * ORDER_FACTOR);
    parts.push({ page, rows: Uint32Array.from(picked.keys()) });
  }
  return parts;
}

function headRows(head: HeadRecords, id: Uint8Array, budget: QueryBudget): Uint32Array {
  const { side, at, stream } = head.segment;
  const rows: number[] = [];
  const last = id[15];
  for (let row = 0; row < head.rows; row++) {
    if (row % POLL_ROWS === 0) budget.poll();
    const from = at[row];
    if (side[from + 15] !== last || !sameTrace(side, from, id, 0)) continue;
    if (head.stream(stream[row]) >= 0) rows.push(row);
  }
  return Uint32Array.from(rows);
}
