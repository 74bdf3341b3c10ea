/**
 * A few rows of a block of spans as columns (span-page.ts), read in their place: a search shows some traces of ten spans out of blocks of
 * 16384.
 *
 * Model: columns of words are decoded into room that all such pages share, and what is wanted is copied out; of strings only the codes
 * and texts of the rows are read where the layout allows it.
 */
import type { SpanRecord } from '@sightline/wire';
import { unzigzag } from '../../blocks/bytes.ts';
import * as format from '../../records/block-format.ts';
import type { RecordBlockReader } from '../../records/block-reader.ts';
import type { Words } from '../../records/integers.ts';
import type { FilePage } from './span-file-page.ts';
import { type PageField, type PageStrings, type SpanRowsPage, wordAt } from './span-page.ts';

const TWO_32 = 2 ** 32;
const SPAN_BYTES = 8;

/** Room for one column, and what it has: a column is often wanted twice, one after the other. */
class ColumnRoom {
  readonly #room: Words = {
    lo: new Uint32Array(format.MAX_BLOCK_ROWS),
    hi: new Uint32Array(format.MAX_BLOCK_ROWS),
  };
  #last: { block: RecordBlockReader; kind: number; words: Words } | null = null;

  read(block: RecordBlockReader, kind: number): Words {
    if (this.#last?.block === block && this.#last.kind === kind) return this.#last.words;
    this.#last = null;
    const words = block.scanRowWords(kind, this.#room);
    this.#last = { block, kind, words };
    return words;
  }
}

const startRoom = new ColumnRoom();
const otherRoom = new ColumnRoom();

/** A column of words that every row has; valid until the next one is read, starts until the next starts are. */
export function scanWords(block: RecordBlockReader, kind: number): Words {
  return (kind === format.COLUMN_TIME ? startRoom : otherRoom).read(block, kind);
}

export class PickedPage implements SpanRowsPage {
  readonly rows: number;
  readonly weight: number;
  readonly #page: FilePage;
  readonly #block: RecordBlockReader;
  readonly #picked: Uint32Array;

  /** `rows` ascend. */
  constructor(page: FilePage, rows: Uint32Array) {
    this.rows = rows.length;
    this.weight = page.weight;
    this.#page = page;
    this.#block = page.block;
    this.#picked = rows;
  }

  starts(): Words {
    const { lo, hi } = scanWords(this.#block, format.COLUMN_TIME);
    return { lo: this.#pick(lo), hi: this.#pick(hi) };
  }

  durations(): Float64Array {
    const { lo, hi } = scanWords(this.#block, format.COLUMN_DURATION);
    return Float64Array.from(this.#picked, (row) => hi[row] * TWO_32 + lo[row]);
  }

  kinds(): Uint8Array {
    return Uint8Array.from(this.#low(format.COLUMN_LEVEL));
  }

  statuses(): Uint8Array {
    return Uint8Array.from(this.#low(format.COLUMN_STATUS));
  }

  streams(): Uint32Array {
    const ids = this.#page.streamIds;
    return this.#low(format.COLUMN_STREAM).map((dense) => {
      if (dense === 0 || dense >= ids.length) this.#block.fail('span of no stream');
      return ids[dense];
    });
  }

  spanIds(): Words {
    const { codes, bytes } = this.#page.idStrings(format.COLUMN_SPAN, SPAN_BYTES);
    return idsOf(this.#picked, bytes, (row) => codes[row]);
  }

  parentIds(): Words {
    const block = this.#block;
    const spans = this.#page.idStrings(format.COLUMN_SPAN, SPAN_BYTES);
    const others =
      block.column(format.COLUMN_PARENT) === undefined
        ? null
        : this.#page.idStrings(format.COLUMN_PARENT, SPAN_BYTES);
    const links = scanWords(block, format.COLUMN_LINK).lo;
    const words = { lo: new Uint32Array(this.rows), hi: new Uint32Array(this.rows) };
    let used = 0;
    let row = 0;
    for (let i = 0; i < this.rows; i++) {
      const wanted = this.#picked[i];
      for (; row < wanted; row++) if (links[row] === 0) used++;
      if (links[wanted] !== 0) {
        const id = wanted - unzigzag(links[wanted] - 1);
        if (id < 0 || id >= spans.count) block.fail('parent of no span');
        putId(words, i, spans.bytes, id * SPAN_BYTES);
      } else if (others !== null && used < others.codes.length) {
        putId(words, i, others.bytes, others.codes[used] * SPAN_BYTES);
      } else block.fail('column has too few values');
    }
    return words;
  }

  names(): PageStrings {
    return this.#strings(format.COLUMN_TEXT);
  }

  tails(): PageStrings {
    return this.#strings(format.COLUMN_TAIL);
  }

  field(key: string): PageField | null {
    return this.#page.fieldOf(key, this.#picked);
  }

  fieldKeys(): Iterable<string> {
    return this.#page.fieldKeys();
  }

  records(rows: Uint32Array): SpanRecord[] {
    return this.#page.records(rows.map((row) => this.#picked[row]));
  }

  #strings(kind: number): PageStrings {
    const block = this.#block;
    const column = block.column(kind) ?? block.fail(`column ${kind} is missing`);
    if (column.count !== block.rows) block.fail(`column ${kind} has not a value for each row`);
    const codes = block.codeColumn(column);
    return { codes: this.#picked.map((row) => codes.at(row)), strings: block.strings(column) };
  }

  #low(kind: number): Uint32Array {
    return this.#pick(scanWords(this.#block, kind).lo);
  }

  #pick(column: Uint32Array): Uint32Array {
    return this.#picked.map((row) => column[row]);
  }
}

function idsOf(rows: Uint32Array, bytes: Uint8Array, codeOf: (row: number) => number): Words {
  const words = { lo: new Uint32Array(rows.length), hi: new Uint32Array(rows.length) };
  for (let i = 0; i < rows.length; i++) putId(words, i, bytes, codeOf(rows[i]) * SPAN_BYTES);
  return words;
}

/** Sets element `row` to the id bytes[at, at + 8). */
export function putId({ lo, hi }: Words, row: number, bytes: Uint8Array, at: number): void {
  hi[row] = wordAt(bytes, at);
  lo[row] = wordAt(bytes, at + 4);
}
