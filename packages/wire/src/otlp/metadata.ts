/** Type, help and unit of the metrics that pass, handed over once in a while rather than with every request. */
import type { MetricMetadata, MetricType } from '../model/batch.ts';
import type { SeriesResolver } from '../model/resolver.ts';
import { unitName } from '../translate/unit.ts';
import type { DecodeContext } from './decode-context.ts';
import { RecentTimes } from './recent.ts';
import { KIND_COUNTER, KIND_EXPLICIT, KIND_EXPONENTIAL, KIND_SUMMARY } from './series-lookup.ts';
import { TenantSalts } from './tenant-salts.ts';
import { AttributeError, textOf } from './text.ts';

/** What a failed write has lost comes again after this time. */
const REPEAT_MS = 600_000;

export class MetadataFeed {
  readonly #recent = new RecentTimes();
  readonly #salts = new TenantSalts();
  readonly #key = new Uint32Array(4);
  #now = 0;

  begin(resolver: SeriesResolver): void {
    this.#salts.use(resolver);
    this.#now = Date.now();
  }

  /** Notes that there is a `target_info`. */
  noteTarget(context: DecodeContext): void {
    this.#key.fill(0);
    this.#salts.mix(this.#key, this.#key);
    if (this.#now - this.#recent.get(this.#key) < REPEAT_MS) return;
    this.#recent.set(this.#key, this.#now);
    context.batch.metadata.push(TARGET_METADATA);
  }

  /** Notes the context's metric, whose description and unit lie at these places of the body. */
  note(
    context: DecodeContext,
    descriptionStart: number,
    descriptionEnd: number,
    unitStart: number,
    unitEnd: number,
  ): void {
    const { lookup, reader, batch } = context;
    this.#salts.mix(lookup.headerWords, this.#key);
    if (this.#now - this.#recent.get(this.#key) < REPEAT_MS) return;
    this.#recent.set(this.#key, this.#now);
    const metadata: MetricMetadata = {
      name: lookup.labels.family(),
      type: metricType(context.kind),
      help: lenient(reader.bytes, descriptionStart, descriptionEnd),
      unit: unitName(lenient(reader.bytes, unitStart, unitEnd)),
    };
    batch.metadata.push(metadata);
  }
}

/** What `target_info` is, for every tenant. */
const TARGET_METADATA: MetricMetadata = {
  name: 'target_info',
  type: 'gauge',
  help: 'Attributes of the resource that sends under this job and instance',
  unit: '',
};

function metricType(kind: number): MetricType {
  switch (kind) {
    case KIND_COUNTER:
      return 'counter';
    case KIND_EXPLICIT:
    case KIND_EXPONENTIAL:
      return 'histogram';
    case KIND_SUMMARY:
      return 'summary';
    default:
      return 'gauge';
  }
}

/** A text that only people read: one that is not UTF-8 is left out. */
function lenient(bytes: Uint8Array, start: number, end: number): string {
  try {
    return textOf(bytes, start, end);
  } catch (error) {
    if (error instanceof AttributeError) return '';
    throw error;
  }
}
