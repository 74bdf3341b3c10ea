/**
 * What clicks do to a query. Labels of the stream are filtered in the selector, everything else by a stage behind it. A filter
 * that stands already is taken back by the same click; its opposite is replaced.
 *
 * Invariant: the selector always has a matcher that some label must satisfy, as Loki demands.
 */
import type { LineOp, LogQuery, Matcher, Stage } from './query-text.ts';

/** Where a field of a line comes from. */
export type FieldSource = 'stream' | 'metadata' | 'json' | 'logfmt';

export interface FieldFilter {
  readonly source: FieldSource;
  readonly name: string;
  readonly op: '=' | '!=';
  readonly value: string;
}

/** Every service: the selector when nothing else is chosen. */
export const everyService: Matcher = { name: 'service_name', op: '=~', value: '.+' };

export function sameMatcher(a: Matcher, b: Matcher): boolean {
  return a.name === b.name && a.op === b.op && a.value === b.value;
}

/** The matchers with the demand above fulfilled, and without it where it says nothing more. */
export function soundMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  const own = matchers.filter((one) => !sameMatcher(one, everyService));
  const demands = own.some(
    ({ op, value }) => (op === '=' && value !== '') || (op === '=~' && !matchesEmpty(value)),
  );
  return demands ? own : [everyService, ...own];
}

function matchesEmpty(pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test('');
  } catch {
    // RE2 knows forms that JavaScript does not: the server judges.
    return false;
  }
}

/** Adds, takes back or turns a filter on a field. */
export function withFilter(query: LogQuery, filter: FieldFilter): LogQuery {
  const { name, op, value, source } = filter;
  const wanted: Matcher = { name, op, value };
  const isSame = (one: Matcher) => sameMatcher(one, wanted);
  const opposite: Matcher = { name, op: op === '=' ? '!=' : '=', value };
  // Two different values of one field never hold together: the second click replaces the first.
  const clashes = (one: Matcher) =>
    sameMatcher(one, opposite) || (op === '=' && one.name === name && one.op !== '!=');
  if (source === 'stream') {
    const rest = query.matchers.filter((one) => !isSame(one) && !clashes(one));
    const had = query.matchers.some(isSame);
    return { ...query, matchers: soundMatchers(had ? rest : [...rest, wanted]) };
  }
  const isLabel = (stage: Stage): stage is Stage & Matcher => stage.kind === 'label';
  const had = query.stages.some((stage) => isLabel(stage) && isSame(stage));
  const rest = query.stages.filter(
    (stage) => !isLabel(stage) || (!isSame(stage) && !clashes(stage)),
  );
  if (had) return { ...query, stages: rest };
  return { ...query, stages: [...parsed(rest, source), { kind: 'label', ...wanted }] };
}

/** The stages with the parser that a field needs. */
function parsed(stages: readonly Stage[], source: FieldSource): readonly Stage[] {
  if (source !== 'json' && source !== 'logfmt') return stages;
  const has = stages.some(
    (stage) => stage.kind === 'other' && new RegExp(`^\\|\\s*${source}\\b`).test(stage.text),
  );
  return has ? stages : [...stages, { kind: 'other', text: `| ${source}` }];
}

/** Whether the query asks for, or excludes, exactly this value. */
export function filterState(query: LogQuery, name: string, value: string): '=' | '!=' | undefined {
  const all: readonly Matcher[] = [
    ...query.matchers,
    ...query.stages.filter((stage) => stage.kind === 'label'),
  ];
  const found = all.find((one) => one.name === name && one.value === value);
  return found?.op === '=' || found?.op === '!=' ? found.op : undefined;
}

/** Adds a line filter in front of the stages that are no line filters, or takes it back. */
export function withLineFilter(query: LogQuery, op: LineOp, value: string): LogQuery {
  const isSame = (stage: Stage) =>
    stage.kind === 'line' && stage.op === op && stage.value === value;
  if (query.stages.some(isSame))
    return { ...query, stages: query.stages.filter((stage) => !isSame(stage)) };
  const end = query.stages.findIndex((stage) => stage.kind !== 'line');
  const at = end < 0 ? query.stages.length : end;
  const stage: Stage = { kind: 'line', op, value };
  return { ...query, stages: query.stages.toSpliced(at, 0, stage) };
}
