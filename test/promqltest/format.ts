/**
 * The `.test` format of Prometheus' promqltest as a list of commands.
 *
 * Model: lines are trimmed; a line that starts with `#` counts as blank; a blank line ends a `load` or `eval` block. Files are
 * independent of each other. Grammar of the command lines: promql/promqltest/test.go.
 */
import { parseDurationText, unquote } from '@sightline/query';
import { parseLabels, parseSeriesLine, type SeriesLine, type SeriesValue } from './notation.ts';
import { NotationError, parseFloatText } from './number-text.ts';

export interface LoadedSeries extends SeriesLine {
  /** Start time relative to each sample in ms, null where unknown; empty when none was given. */
  startOffsets: (number | null)[];
}

export interface LoadCommand {
  kind: 'load';
  line: number;
  stepMs: number;
  withNhcb: boolean;
  series: LoadedSeries[];
}

interface Expectation {
  kind: 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info';
  match: 'any' | 'msg' | 'regex';
  text: string;
}

interface ExpectedSeries {
  labels: string[];
  values: (SeriesValue | null)[];
}

export interface EvalCommand {
  kind: 'eval';
  line: number;
  expr: string;
  instant: boolean;
  /** For an instant query all three are the evaluation time and 0. */
  startMs: number;
  endMs: number;
  stepMs: number;
  ordered: boolean;
  expectations: Expectation[];
  series: ExpectedSeries[];
  scalar: number | null;
  text: string | null;
  /** `expect range vector`: points of a matrix answered to an instant query. */
  rangeVector: { startMs: number; endMs: number; stepMs: number } | null;
}

export type Command = LoadCommand | EvalCommand | { kind: 'clear'; line: number };

/** Parses a file. Throws NotationError with the line. */
export function parseTestFile(text: string): Command[] {
  const lines = text.split('\n').map((line) => {
    const trimmed = line.trim();
    return trimmed.startsWith('#') ? '' : trimmed;
  });
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; ) {
    const first = lines[i] ?? '';
    const line = i + 1;
    let end = i + 1;
    const word = first.split(/\s+/)[0]?.toLowerCase() ?? '';
    if (word.startsWith('load') || word.startsWith('eval')) {
      while (end < lines.length && lines[end] !== '') end++;
    }
    const body = lines.slice(i + 1, end);
    i = end;
    if (first === '') continue;
    try {
      if (word === 'clear') commands.push({ kind: 'clear', line });
      else if (word.startsWith('load')) commands.push(parseLoad(first, line, body));
      else if (word.startsWith('eval')) commands.push(parseEval(first, line, body));
      else throw new NotationError(`unknown command ${word}`);
    } catch (error) {
      if (!(error instanceof NotationError)) throw error;
      throw new NotationError(`line ${line}: ${error.message}`);
    }
  }
  return commands;
}

/** A duration of the format in ms. */
function durationMs(text: string): number {
  const ms = parseDurationText(text.trim());
  if (typeof ms === 'number') return ms;
  throw new NotationError(ms.problem);
}

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;

function parseLoad(first: string, line: number, body: readonly string[]): LoadCommand {
  const match = LOAD.exec(first);
  if (match === null) throw new NotationError(`bad load: ${first}`);
  const byKey = new Map<string, LoadedSeries>();
  let starts: { key: string; offsets: (number | null)[] } | null = null;
  for (const text of body) {
    const at = /^(.*?)@st\s+(.*)$/.exec(text);
    if (at !== null) {
      const { labels } = parseLabels((at[1] ?? '').trim());
      starts = { key: labelKey(labels), offsets: parseStartOffsets(at[2] ?? '') };
      continue;
    }
    const series = parseSeriesLine(text);
    const key = labelKey(series.labels);
    const startOffsets = starts?.key === key ? starts.offsets : [];
    byKey.set(key, { ...series, startOffsets });
    starts = null;
  }
  const stepMs = durationMs(match[2] ?? '');
  const withNhcb = match[1] !== undefined;
  return { kind: 'load', line, stepMs, withNhcb, series: [...byKey.values()] };
}

/** Equal for equal label sets in any order. */
export function labelKey(labels: readonly string[]): string {
  return JSON.stringify(sortedPairs(labels));
}

/** Names and values in turn, by name, without empty values. */
export function sortedPairs(labels: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (let i = 0; i + 1 < labels.length; i += 2) byName.set(labels[i] ?? '', labels[i + 1] ?? '');
  const names = [...byName.keys()].filter((name) => byName.get(name) !== '').sort();
  return names.flatMap((name) => [name, byName.get(name) ?? '']);
}

const START_ITEM = /^(-?[0-9][0-9ywdhms]*)(?:([+-])(-?[0-9][0-9ywdhms]*))?(?:x([0-9]+))?$/;

function parseStartOffsets(text: string): (number | null)[] {
  const offsets: (number | null)[] = [];
  for (const item of text.trim().split(/\s+/)) {
    const gap = /^_(?:x([0-9]+))?$/.exec(item);
    if (gap !== null) {
      for (let i = 0; i < Number(gap[1] ?? 1); i++) offsets.push(null);
      continue;
    }
    const match = START_ITEM.exec(item);
    if (match === null) throw new NotationError(`bad start time ${item}`);
    const [, first = '', sign = '+', increment, times = '0'] = match;
    const step = increment === undefined ? 0 : signedMs(increment) * (sign === '-' ? -1 : 1);
    for (let i = 0; i <= Number(times); i++) offsets.push(signedMs(first) + i * step);
  }
  return offsets;
}

function signedMs(text: string): number {
  return text.startsWith('-') ? -durationMs(text.slice(1)) : durationMs(text);
}

const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE =
  /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;

function parseEval(first: string, line: number, body: readonly string[]): EvalCommand {
  const instant = INSTANT.exec(first);
  const range = instant === null ? RANGE.exec(first) : null;
  if (instant === null && range === null) throw new NotationError(`bad eval: ${first}`);
  const mode = instant?.[1] ?? range?.[1];
  const startMs = durationMs(instant?.[2] ?? range?.[2] ?? '0');
  const command: EvalCommand = {
    kind: 'eval',
    line,
    expr: instant?.[3] ?? range?.[5] ?? '',
    instant: instant !== null,
    startMs,
    endMs: range === null ? startMs : durationMs(range[3] ?? '0'),
    stepMs: range === null ? 0 : durationMs(range[4] ?? '0'),
    ordered: mode === 'ordered',
    expectations: [],
    series: [],
    scalar: null,
    text: null,
    rangeVector: null,
  };
  if (mode === 'fail' || mode === 'warn' || mode === 'info') {
    command.expectations.push({ kind: mode, match: 'any', text: '' });
  }
  for (const text of body) if (!parseExpectation(command, text)) break;
  return command;
}

const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect\s+range\s+vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

/** Adds one line of an eval block; false when it ends the block. */
function parseExpectation(command: EvalCommand, text: string): boolean {
  const rangeVector = EXPECT_RANGE.exec(text);
  if (rangeVector !== null) {
    const [, start = '', end = '', step = ''] = rangeVector;
    command.rangeVector = {
      startMs: durationMs(start),
      endMs: durationMs(end),
      stepMs: durationMs(step),
    };
    return true;
  }
  const string = /^expect\s+string\s+(.+)$/.exec(text);
  if (string !== null) {
    command.text = unquote(string[1] ?? '""');
    return true;
  }
  const expect = EXPECT.exec(text);
  if (expect !== null) return addExpectation(command, expect);
  const legacy = /^expected_fail_(message|regexp)\s+(.+)$/.exec(text);
  if (legacy !== null) {
    const match = legacy[1] === 'message' ? 'msg' : 'regex';
    command.expectations = [{ kind: 'fail', match, text: legacy[2] ?? '' }];
    return true;
  }
  if (isNumber(text)) {
    command.scalar = parseFloatText(text);
    return false;
  }
  command.series.push(parseSeriesLine(text));
  return true;
}

function addExpectation(command: EvalCommand, match: RegExpExecArray): boolean {
  const kind = match[1];
  const how = match[2] === 'msg' ? 'msg' : match[2] === 'regex' ? 'regex' : 'any';
  const text = (match[3] ?? '').trim();
  if (kind === 'ordered') command.ordered = true;
  else if (
    kind === 'fail' ||
    kind === 'warn' ||
    kind === 'no_warn' ||
    kind === 'info' ||
    kind === 'no_info'
  ) {
    command.expectations.push({ kind, match: how, text });
  }
  return true;
}

function isNumber(text: string): boolean {
  try {
    parseFloatText(text);
    return true;
  } catch {
    return false;
  }
}
