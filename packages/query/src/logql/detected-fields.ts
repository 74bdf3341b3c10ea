/**
 * Fields of log lines: what Drilldown and the field list show.
 *
 * Model: the newest lines that pass a query are looked at. Fields are their structured metadata, what the query's own stages have
 * parsed, and what is found in the stored line as JSON or else as logfmt. A field that has the name of a stream label is not listed.
 */
import type { QueryBudget, RecordQuerier } from '@sightline/store';
import type { LogExpr } from './ast.ts';
import type { TimeSpan } from './log-info.ts';
import { EntryLabels, StreamLabels } from './pipeline/entry-labels.ts';
import { parseJson } from './pipeline/json.ts';
import { floatOf } from './pipeline/label-filter.ts';
import { parseLogfmt } from './pipeline/logfmt.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { StoreLogSource } from './store-source.ts';
import { durationSeconds, sizeBytes } from './units.ts';

export type DetectedType = 'string' | 'int' | 'float' | 'boolean' | 'duration' | 'bytes';

export interface DetectedField {
  /** As LogQL names it. */
  label: string;
  /** The type that all values seen have; `string` when they differ. */
  type: DetectedType;
  /** Distinct values seen. */
  cardinality: number;
  /** `json` or `logfmt` when it was found in lines; empty for structured metadata. */
  parsers: readonly string[];
  /** The most frequent values first. */
  values: readonly string[];
}

export interface DetectOptions extends TimeSpan {
  /** Lines looked at, the newest first. */
  lineLimit: number;
  /** Fields, and values of one. */
  limit: number;
}

/** Fields of the newest lines that pass the query, sorted by name. Throws the budget's errors. */
export function detectedFields(
  querier: RecordQuerier,
  expr: LogExpr,
  { start, end, lineLimit, limit }: DetectOptions,
  budget: QueryBudget,
): DetectedField[] {
  const pipeline = new Pipeline(expr.stages);
  const { lines: hints, labels: labelHints } = pipeline.hints;
  const cursor = new StoreLogSource(querier).select({
    matchers: expr.matchers,
    start,
    end,
    direction: 'backward',
    hints,
    labelHints,
    wanted: null,
    budget,
  });
  const fields = new FieldTable(budget);
  try {
    for (let left = lineLimit; left > 0 && cursor.next(); ) {
      const { line, tHi, tLo } = cursor;
      const stream = new StreamLabels(cursor.stream);
      if (!pipeline.process(stream, cursor.metadata, line, tHi, tLo)) continue;
      left--;
      fields.add(pipeline.labels.metadataPairs(), '');
      fields.add(pipeline.labels.parsedPairs(), parserOf(expr));
      fields.addLine(line, stream);
    }
  } finally {
    cursor.close();
  }
  return fields.list(limit);
}

/** The first parser among the stages. */
function parserOf({ stages }: LogExpr): string {
  const parser = stages.find(({ kind }) => kind === 'json' || kind === 'logfmt');
  return parser?.kind ?? '';
}

const VALUE_BYTES = 100;

class Field {
  readonly counts = new Map<string, number>();
  readonly parsers = new Set<string>();
}

class FieldTable {
  readonly #budget: QueryBudget;
  readonly #fields = new Map<string, Field>();
  readonly #labels = new EntryLabels();

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

  /** Names and values in turn. */
  add(pairs: readonly string[], parser: string): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const name = pairs[i] ?? '';
      const value = pairs[i + 1] ?? '';
      if (value === '' || name.startsWith('__')) continue;
      let field = this.#fields.get(name);
      if (field === undefined) {
        field = new Field();
        this.#fields.set(name, field);
      }
      if (parser !== '') field.parsers.add(parser);
      const count = field.counts.get(value) ?? 0;
      if (count === 0) this.#budget.addBytes(value.length * 2 + VALUE_BYTES);
      field.counts.set(value, count + 1);
    }
  }

  addLine(line: string, stream: StreamLabels): void {
    const labels = this.#labels;
    const isJson = line.trimStart().startsWith('{');
    labels.reset(stream, []);
    if (isJson) parseJson(line, labels, null);
    else if (line.includes('=')) parseLogfmt(line, labels, LOGFMT, null);
    if (labels.error === '') this.add(labels.parsedPairs(), isJson ? 'json' : 'logfmt');
  }

  list(limit: number): DetectedField[] {
    return [...this.#fields]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([label, { counts, parsers }]) => {
        const values = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
        const parserList = [...parsers].sort();
        const type = typeOf(values);
        const cardinality = counts.size;
        return { label, type, cardinality, parsers: parserList, values: values.slice(0, limit) };
      });
  }
}

const LOGFMT = { strict: true, keepEmpty: false };

function typeOf(values: readonly string[]): DetectedType {
  let all: DetectedType | undefined;
  for (const value of values) {
    const type = typeOfValue(value);
    if (all === undefined || all === type) all = type;
    else if (isNumber(all) && isNumber(type)) all = 'float';
    else return 'string';
  }
  return all ?? 'string';
}

function isNumber(type: DetectedType): boolean {
  return type === 'int' || type === 'float';
}

/** In the order in which Loki tries them. */
function typeOfValue(value: string): DetectedType {
  if (/^[+-]?\d{1,19}$/.test(value)) return 'int';
  if (!Number.isNaN(floatOf(value))) return 'float';
  if (/^(true|false)$/i.test(value)) return 'boolean';
  if (!Number.isNaN(durationSeconds(value))) return 'duration';
  return Number.isNaN(sizeBytes(value)) ? 'string' : 'bytes';
}
