/** Spans of an OTLP request as a store would give them, without a store. */
import { Labels, type SpanRow } from '@sightline/store';
import { labelsToPairs, readSpan, type SeriesResolver, type SpanBatch } from '@sightline/wire';

/** One `Labels` for each label set; forms are not remembered. */
export class PlainStreams implements SeriesResolver {
  readonly labels: Labels[] = [];
  readonly refusal = '';
  readonly #handles = new Map<string, number>();

  lookup(): number {
    return 0;
  }

  register(bytes: Uint8Array, length: number): number {
    const labels = Labels.fromPairs(labelsToPairs(bytes, 0, length));
    const handle = this.#handles.get(labels.key) ?? this.labels.push(labels);
    this.#handles.set(labels.key, handle);
    return handle;
  }
}

/** The rows of a batch that was filled with these streams, in its order. */
export function rowsOf(batch: SpanBatch, streams: PlainStreams): SpanRow[] {
  return Array.from({ length: batch.n }, (_, i) => ({
    record: readSpan(batch.side, batch.at[i], batch.length[i]),
    stream: streams.labels[batch.stream[i] - 1],
    startLo: batch.startLo[i],
    startHi: batch.startHi[i],
    endLo: batch.endLo[i],
    endHi: batch.endHi[i],
    kind: batch.kind[i],
    status: batch.status[i],
  }));
}
