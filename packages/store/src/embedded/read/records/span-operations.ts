/** Operations of services: names and kinds of spans by stream, from three columns of each block. */
import type { OperationFilter, SpanOperation } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';
import { textDecoder } from './span-page.ts';
import { SpanPages } from './span-pages.ts';

/** Each once, in any order. */
export function listOperations(inputs: RecordInputs, filter: OperationFilter): SpanOperation[] {
  const { budget, minMs, maxMs, limit } = filter;
  const pages = new SpanPages(inputs, budget, minMs, maxMs);
  const wanted = new Map<number, boolean>();
  const wants = (stream: number): boolean => {
    let answer = wanted.get(stream);
    if (answer === undefined) {
      answer = filter.wants(inputs.labels(stream));
      wanted.set(stream, answer);
    }
    return answer;
  };
  const operations = new Map<string, SpanOperation>();
  const newest = pages.list.filter(({ tMin, tMax }) => tMin <= maxMs && tMax >= minMs);
  for (const { index } of newest.sort((a, b) => b.tMax - a.tMax)) {
    const { page } = pages.page(index);
    const streams = page.streams();
    const { strings, codes } = page.names();
    const kinds = page.kinds();
    const seen = new Set<number>();
    for (let row = 0; row < page.rows; row++) {
      const stream = streams[row];
      // Below 2^53: streams are below 2^20, names of a page below 2^14, kinds below 2^8.
      const key = (stream * 2 ** 20 + codes[row]) * 256 + kinds[row];
      if (seen.has(key)) continue;
      seen.add(key);
      if (!wants(stream)) continue;
      const { bytes, offsets } = strings;
      const name = textDecoder.decode(bytes.subarray(offsets[codes[row]], offsets[codes[row] + 1]));
      operations.set(`${stream} ${kinds[row]} ${name}`, {
        stream: inputs.labels(stream),
        name,
        kind: kinds[row],
      });
      if (operations.size >= limit) return [...operations.values()];
    }
  }
  return [...operations.values()];
}
