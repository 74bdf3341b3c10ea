/** What of a log record is structured metadata, with the names that LogQL has for it. */
import type { Labels } from '@sightline/store';
import { detectLevel, isFoundLevel, LEVEL_LABEL, levelOf, levelOfSeverity } from '@sightline/wire';
import { labelName } from './pipeline/names.ts';

/** A record; `body` is read only when nothing else tells its level. */
export interface RecordParts {
  /** 1 to 24 as it was sent, 0 when there is none; or a level that was found at intake. */
  readonly severity: number;
  /** Lower-case hex, '' when there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  /** Names and texts in turn. */
  readonly fields: readonly string[];
}

/**
 * Names and values in turn; of equal names the first counts. `stream` is the record's, as LogQL sees it. Finding the level may take a
 * look at the line: not without `needsLevel`. Records of streams that are no resources have their severity from a word: the number is not
 * shown.
 */
export function recordMetadata(
  record: RecordParts,
  stream: { labels: Pick<Labels, 'get'>; metadata: readonly string[]; isResource: boolean },
  needsLevel = true,
): string[] {
  const { severity, traceId, spanId, fields } = record;
  const isSent = severity > 0 && !isFoundLevel(severity);
  const pairs: string[] = [];
  let own = '';
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = labelName(fields[i] ?? '');
    const value = fields[i + 1] ?? '';
    if (name !== LEVEL_LABEL) pairs.push(name, value);
    else if (own === '') own = value;
  }
  if (traceId !== '') pairs.push('trace_id', traceId);
  if (spanId !== '') pairs.push('span_id', spanId);
  if (isSent && stream.isResource) pairs.push('severity_number', String(severity));
  for (const text of stream.metadata) pairs.push(text);
  if (!needsLevel) return pairs;
  let level = isSent ? levelOfSeverity(severity) : levelOf(own);
  if (level === '') level = detectLevel(stream.labels, pairs, severity, () => record.body);
  pairs.push(LEVEL_LABEL, level);
  return pairs;
}

/** The record that `rows` shows, without the ids that nobody looks at; null: somebody may look at everything. */
export class WantedParts implements RecordParts {
  readonly #rows: RecordParts;
  readonly #wanted: ReadonlySet<string> | null;

  constructor(rows: RecordParts, wanted: ReadonlySet<string> | null) {
    this.#rows = rows;
    this.#wanted = wanted;
  }

  get severity(): number {
    return this.#rows.severity;
  }

  get traceId(): string {
    return this.#wanted?.has('trace_id') === false ? '' : this.#rows.traceId;
  }

  get spanId(): string {
    return this.#wanted?.has('span_id') === false ? '' : this.#rows.spanId;
  }

  get body(): string {
    return this.#rows.body;
  }

  get fields(): readonly string[] {
    return this.#rows.fields;
  }
}
