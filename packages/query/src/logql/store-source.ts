/**
 * A store's log records as a LogSource.
 *
 * Model: streams and fields get their LogQL names here (stream-names.ts), and every record its `detected_level` (record-metadata.ts). What a
 * record has is read when the engine asks for it.
 */
import type { FieldHint, Labels, LogRequest, LogRows, RecordQuerier } from '@sightline/store';
import {
  floorMs,
  isFoundLevel,
  LEVEL_LABEL,
  levelOfSeverity,
  SEVERITY_CODES,
  tellsLevel,
} from '@sightline/wire';
import { matcherTests } from './log-info.ts';
import { compileMatcher } from './pipeline/label-filter.ts';
import { labelName } from './pipeline/names.ts';
import { recordMetadata, WantedParts } from './record-metadata.ts';
import type { LogCursor, LogGroup, LogSelect, LogSource } from './source.ts';
import { countGroups } from './store-counts.ts';
import { type ShownStream, StreamNames } from './stream-names.ts';

export class StoreLogSource implements LogSource {
  readonly #querier: RecordQuerier;
  readonly #names = new StreamNames();

  constructor(querier: RecordQuerier) {
    this.#querier = querier;
  }

  select(request: LogSelect): LogCursor {
    const { wanted } = request;
    const rows = this.#querier.logs({ ...this.#request(request), ...wantedFields(wanted) });
    return new StoreCursor(rows, this.#names, wanted);
  }

  count(request: LogSelect, names: readonly string[], intervalMs: number): LogGroup[] | null {
    return countGroups(this.#querier, this.#names, request, names, intervalMs);
  }

  #request({ matchers, start, end, direction, hints, labelHints, budget }: LogSelect): LogRequest {
    const test = matcherTests(matchers);
    const request: LogRequest = {
      wants: (stream) => test(this.#names.of(stream).labels),
      from: start,
      to: end,
      backward: direction === 'backward',
      texts: hints,
      fields: [],
      budget,
    };
    if (labelHints.length === 0) return request;
    const minMs = floorMs(start.hi, start.lo);
    const streams = this.#querier
      .streams('logs', minMs, floorMs(end.hi, end.lo))
      .filter((stream) => request.wants(stream))
      .map((stream) => this.#names.of(stream));
    return withLabelHints(request, labelHints, streams, this.#names);
  }
}

/** Which fields make the metadata that is looked at. */
function wantedFields(wanted: LogSelect['wanted']): Pick<LogRequest, 'wantsField'> {
  if (wanted === null) return {};
  const needsLevel = wanted.has(LEVEL_LABEL);
  const wantsField = (field: string): boolean => {
    const name = labelName(field);
    return wanted.has(name) || (needsLevel && tellsLevel(name));
  };
  return { wantsField };
}

/** The request with what label filters say of streams, severities and fields. `streams` are all that it wants. */
function withLabelHints(
  request: LogRequest,
  labelHints: LogSelect['labelHints'],
  streams: readonly ShownStream[],
  names: StreamNames,
): LogRequest {
  const fields: FieldHint[] = [];
  const ofStreams: ((labels: Labels) => boolean)[] = [];
  let severities: boolean[] | undefined;
  for (const matcher of labelHints) {
    const { name, op, value } = matcher;
    const test = compileMatcher(matcher);
    const isLabel = streams.some(({ labels }) => labels.get(name) !== '');
    if (isLabel) ofStreams.push((labels) => labels.get(name) === '' || test(labels.get(name)));
    else if (name === LEVEL_LABEL) {
      // Without a severity, the level is in the record.
      severities ??= Array.from({ length: SEVERITY_CODES }, () => true);
      const isTold = streams.some(({ level }) => level !== '' && test(level));
      for (let i = 1; i < SEVERITY_CODES; i++) {
        severities[i] &&= test(levelOfSeverity(i)) || (isTold && isFoundLevel(i));
      }
    } else if (op === '=' && value !== '' && name !== 'severity_number') {
      const isMetadata = streams.some(({ metadata }) => metadata.includes(name));
      const accepts = (field: string): boolean => labelName(field) === name;
      if (!isMetadata) fields.push({ names: [], accepts, value });
    }
  }
  const wants = (stream: Labels): boolean => {
    if (!request.wants(stream)) return false;
    const { labels } = names.of(stream);
    return ofStreams.every((test) => test(labels));
  };
  return { ...request, wants, fields, ...(severities === undefined ? {} : { severities }) };
}

class StoreCursor implements LogCursor {
  readonly #rows: LogRows;
  readonly #names: StreamNames;
  /** Whether only the level is looked at. */
  readonly #parts: WantedParts;
  readonly #levelOnly: boolean;
  readonly #needsLevel: boolean;

  constructor(rows: LogRows, names: StreamNames, wanted: LogSelect['wanted']) {
    this.#rows = rows;
    this.#names = names;
    this.#parts = new WantedParts(rows, wanted);
    this.#needsLevel = wanted === null || wanted.has(LEVEL_LABEL);
    this.#levelOnly = wanted?.size === 1 && wanted.has(LEVEL_LABEL);
  }

  next(): boolean {
    return this.#rows.next();
  }

  get #shown(): ShownStream {
    return this.#names.of(this.#rows.stream);
  }

  get stream(): Labels {
    return this.#shown.labels;
  }

  get tHi(): number {
    return this.#rows.tHi;
  }

  get tLo(): number {
    return this.#rows.tLo;
  }

  get line(): string {
    return this.#rows.body;
  }

  get metadata(): readonly string[] {
    const { severity } = this.#rows;
    const shown = this.#shown;
    if (this.#levelOnly && severity > 0) {
      return isFoundLevel(severity) && shown.level !== ''
        ? [LEVEL_LABEL, shown.level]
        : levelMetadata(severity);
    }
    return recordMetadata(this.#parts, shown, this.#needsLevel);
  }

  close(): void {
    this.#rows.close();
  }
}

const LEVELS: (readonly string[] | undefined)[] = [];

function levelMetadata(severity: number): readonly string[] {
  let pairs = LEVELS[severity];
  if (pairs === undefined) {
    pairs = [LEVEL_LABEL, levelOfSeverity(severity)];
    LEVELS[severity] = pairs;
  }
  return pairs;
}
