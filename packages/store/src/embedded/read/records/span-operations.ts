/** Operations of services: what files list of them, and names and kinds of the spans in the head. */
import type { OperationFilter, SpanOperation } from '../../../records.ts';
import { readPages } from './head-pages.ts';
import type { RecordInputs } from './inputs.ts';
import { type SpanPage, textDecoder } from './span-page.ts';

/** Each once, in any order. */
export function listOperations(inputs: RecordInputs, filter: OperationFilter): SpanOperation[] {
  const { budget, minMs, maxMs } = filter;
  const found = new Operations(inputs, filter);
  for (const head of inputs.head) {
    for (const part of readPages(head)) {
      budget.poll();
      if (part.tMin <= maxMs && part.tMax >= minMs) addPage(found, part.page(0));
      if (found.isFull) return found.list();
    }
  }
  for (const file of inputs.files(minMs, maxMs).reverse()) {
    budget.poll();
    for (const { stream, kind, name } of file.operations()) {
      if (stream > 0 && stream < file.streams.length) found.add(file.streams[stream], kind, name);
      if (found.isFull) return found.list();
    }
  }
  return found.list();
}

class Operations {
  readonly #inputs: RecordInputs;
  readonly #filter: OperationFilter;
  readonly #wanted = new Map<number, boolean>();
  readonly #found = new Map<string, SpanOperation>();

  constructor(inputs: RecordInputs, filter: OperationFilter) {
    this.#inputs = inputs;
    this.#filter = filter;
  }

  get isFull(): boolean {
    return this.#found.size >= this.#filter.limit;
  }

  list(): SpanOperation[] {
    return [...this.#found.values()];
  }

  add(stream: number, kind: number, name: string): void {
    let wanted = this.#wanted.get(stream);
    if (wanted === undefined) {
      wanted = this.#filter.wants(this.#inputs.labels(stream));
      this.#wanted.set(stream, wanted);
    }
    const key = `${stream} ${kind} ${name}`;
    if (!wanted || this.isFull || this.#found.has(key)) return;
    this.#found.set(key, { stream: this.#inputs.labels(stream), name, kind });
  }
}

function addPage(found: Operations, page: SpanPage): void {
  const streams = page.streams();
  const { strings, codes } = page.names();
  const { bytes, offsets } = strings;
  const kinds = page.kinds();
  const seen = new Set<number>();
  for (let row = 0; row < page.rows; row++) {
    // Below 2^53: streams are below 2^20, names of a page below 2^20, kinds below 2^8.
    const key = (streams[row] * 2 ** 20 + codes[row]) * 256 + kinds[row];
    if (seen.has(key)) continue;
    seen.add(key);
    const name = textDecoder.decode(bytes.subarray(offsets[codes[row]], offsets[codes[row] + 1]));
    found.add(streams[row], kinds[row], name);
  }
}
