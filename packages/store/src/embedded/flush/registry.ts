/**
 * Registers new series in a partition file: label segments and posting segments.
 *
 * Model: label segments hold 512 series each; the last one is rewritten until it is full. Every registration adds one posting segment for
 * its new series; when there are too many, they are all replaced by one made from the labels.
 *
 * Invariants: runs inside the caller's transaction; label segments are dense over the file's dsids, posting segments cover every
 * dsid exactly once.
 */
import type { DatabaseSync } from 'node:sqlite';
import { viewOf } from '@sightline/wire';
import { ByteWriter } from '../blocks/bytes.ts';
import { LABEL_SEGMENT_SERIES, LabelSegment, LabelSegmentEncoder } from '../blocks/labels.ts';
import { PostingsBuilder } from '../blocks/postings.ts';
import type { SeriesView } from '../series.ts';

/** A query opens every posting segment, so they are merged past this number. */
const MAX_POSTING_SEGMENTS = 8;

interface StoredSegment {
  first: number;
  count: number;
  data: Uint8Array;
}

type VisitLabels = (labels: Uint8Array, start: number, end: number) => void;

/** Visits the canonical labels of all series of a file in order of their dsids. */
export function readLabelSegments(db: DatabaseSync, path: string, visit: VisitLabels): void {
  const rows = db.prepare('SELECT first, count, data FROM label_segment ORDER BY first').iterate();
  for (const row of rows) visitSegment(stored(row), path, visit);
}

function stored(row: Record<string, unknown>): StoredSegment {
  const data = row.data instanceof Uint8Array ? row.data : new Uint8Array(0);
  return { first: Number(row.first), count: Number(row.count), data };
}

function visitSegment(
  { first, count, data }: StoredSegment,
  path: string,
  visit: VisitLabels,
): void {
  const segment = LabelSegment.open(data, `${path} label segment ${first}`);
  const bytes = new ByteWriter(1024);
  for (let dsid = first; dsid < first + count; dsid++) {
    bytes.clear();
    segment.canonical(dsid, bytes);
    visit(bytes.bytes, 0, bytes.length);
  }
}

/** Adds live series, in order of their canonical labels; `assign` gives each its dsid, one above the last. */
export function registerSeries(
  db: DatabaseSync,
  path: string,
  sids: number[],
  view: SeriesView,
  assign: (sid: number) => number,
): void {
  const { labels } = view;
  const words = viewOf(labels);
  sids.sort((a, b) =>
    compareInside(
      words,
      view.labelStart(a),
      view.labelEnd(a),
      view.labelStart(b),
      view.labelEnd(b),
    ),
  );
  const tail = takeTail(db);
  const segments = new LabelSegments(db);
  if (tail !== null) {
    let dsid = tail.first;
    visitSegment(tail, path, (bytes, start, end) => segments.add(dsid++, bytes, start, end));
  }
  const postings = new PostingsBuilder();
  let first = 0;
  for (const sid of sids) {
    const dsid = assign(sid);
    if (first === 0) first = dsid;
    const start = view.labelStart(sid);
    const end = view.labelEnd(sid);
    segments.add(dsid, labels, start, end);
    postings.add(dsid, labels, start, end);
  }
  segments.finish();
  addPostings(db, first, postings);
  mergePostings(db, path);
}

/** Orders two ranges of one array by bytes; neighbours begin alike, so that most is compared by words. */
function compareInside(
  bytes: DataView,
  aStart: number,
  aEnd: number,
  bStart: number,
  bEnd: number,
): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart);
  let i = 0;
  for (; i + 4 <= shorter; i += 4) {
    if (bytes.getInt32(aStart + i, true) !== bytes.getInt32(bStart + i, true)) break;
  }
  for (; i < shorter; i++) {
    const difference = bytes.getUint8(aStart + i) - bytes.getUint8(bStart + i);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Removes and returns the last label segment when it has room. */
function takeTail(db: DatabaseSync): StoredSegment | null {
  const row = db
    .prepare('SELECT first, count, data FROM label_segment ORDER BY first DESC LIMIT 1')
    .get();
  if (row === undefined || Number(row.count) >= LABEL_SEGMENT_SERIES) return null;
  db.prepare('DELETE FROM label_segment WHERE first = ?').run(Number(row.first));
  return stored(row);
}

class LabelSegments {
  readonly #insert;
  readonly #encoder = new LabelSegmentEncoder();
  #first = 0;
  #count = 0;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO label_segment VALUES (?, ?, ?)');
  }

  add(dsid: number, labels: Uint8Array, start: number, end: number): void {
    if (this.#count === 0) this.#first = dsid;
    this.#encoder.add(dsid, labels, start, end);
    if (++this.#count === LABEL_SEGMENT_SERIES) this.finish();
  }

  finish(): void {
    if (this.#count === 0) return;
    this.#insert.run(this.#first, this.#count, this.#encoder.finish());
    this.#count = 0;
  }
}

function addPostings(db: DatabaseSync, first: number, postings: PostingsBuilder): void {
  db.prepare('INSERT INTO posting_segment (first, count, data) VALUES (?, ?, ?)').run(
    first,
    postings.series,
    postings.finish(),
  );
}

function mergePostings(db: DatabaseSync, path: string): void {
  const segments = Number(db.prepare('SELECT count(*) AS n FROM posting_segment').get()?.n);
  if (segments > MAX_POSTING_SEGMENTS) rebuildPostings(db, path);
}

/** Replaces all posting segments by one made from the labels. */
export function rebuildPostings(db: DatabaseSync, path: string): void {
  const merged = new PostingsBuilder();
  let dsid = 1;
  readLabelSegments(db, path, (labels, start, end) => merged.add(dsid++, labels, start, end));
  db.exec('DELETE FROM posting_segment');
  if (merged.series > 0) addPostings(db, 1, merged);
}
