/**
 * Counts of log records by values of labels, from columns alone.
 *
 * Model: the store counts by stream and severity. Records without a severity have their level in fields or in the line: when it is
 * asked for, those are read, if there are any.
 *
 * Invariant: a label that fields may have is not counted here: a stream that wants counting must have it itself.
 */
import type {
  Labels,
  LogCountRequest,
  LogRequest,
  QueryBudget,
  RecordQuerier,
} from '@sightline/store';
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
import type { LogGroup, LogSelect } from './source.ts';
import type { StreamNames } from './stream-names.ts';

const TWO_32 = 2 ** 32;
const NS_PER_MS = 1e6;
const NO_NAMES: ReadonlySet<string> = new Set();
/** Groups of records whose level is not known yet, and of those with another level than wanted. */
const UNREAD = -1;
const LEFT_OUT = -2;

/** As `LogSource.count`. Throws the budget's errors. */
export function countGroups(
  querier: RecordQuerier,
  names: StreamNames,
  select: LogSelect,
  labelNames: readonly string[],
  intervalMs: number,
): LogGroup[] | null {
  const { matchers, start, end, hints, labelHints, budget } = select;
  if (labelHints.some(({ name }) => name !== LEVEL_LABEL)) return null;
  const test = matcherTests(matchers);
  const wants = (stream: Labels): boolean => test(names.of(stream).labels);
  const minMs = floorMs(start.hi, start.lo);
  const streams = querier.streams('logs', minMs, floorMs(end.hi, end.lo)).filter(wants);
  const isShown = (stream: Labels, name: string): boolean =>
    names.of(stream).labels.get(name) !== '';
  if (streams.some((stream) => isShown(stream, LEVEL_LABEL))) return null;
  const ofStream = labelNames.filter((name) => name !== LEVEL_LABEL);
  if (!streams.every((stream) => ofStream.every((name) => isShown(stream, name)))) return null;
  const levels = labelHints.map((matcher) => compileMatcher(matcher));
  const isLevel = (level: string): boolean => levels.every((holds) => holds(level));
  const readsLevels = labelNames.includes(LEVEL_LABEL) || levels.length > 0;

  const groups = new Groups(names, labelNames);
  // Levels that were found stand behind those that labels of the stream tell.
  const told = streams.map((stream) => names.of(stream).level).filter((level) => level !== '');
  const isTold = told.some(isLevel);
  const severities = Array.from(
    { length: SEVERITY_CODES },
    (_, i) => i === 0 || isLevel(levelOfSeverity(i)) || (isTold && isFoundLevel(i)),
  );
  const request: LogCountRequest = {
    wants,
    from: start,
    to: end,
    backward: false,
    texts: hints,
    fields: [],
    severities,
    budget,
    intervalMs,
    sizes: false,
    groupOf: (stream, severity) => {
      if (severity === 0) return readsLevels ? UNREAD : groups.number(stream, '');
      const { level } = names.of(stream);
      const shown = isFoundLevel(severity) && level !== '' ? level : levelOfSeverity(severity);
      return isLevel(shown) ? groups.number(stream, shown) : LEFT_OUT;
    },
  };
  let unread = false;
  for (const { group, records } of querier.countLogs(request)) {
    if (group >= 0) groups.entries[group] = records;
    else if (group === UNREAD) unread = true;
  }
  if (unread) {
    const wantsField = (field: string): boolean => tellsLevel(labelName(field));
    const rest = {
      ...request,
      wantsField,
      severities: severities.map((_, i) => i === 0),
      budget: countedBudget(budget),
    };
    countLevels(querier, names, rest, groups, isLevel);
  }
  return groups.finish();
}

/** The budget for reading records that have been counted already. */
function countedBudget(budget: QueryBudget): QueryBudget {
  return {
    addSamples: () => {},
    addBytes: (bytes) => budget.addBytes(bytes),
    poll: () => budget.poll(),
  };
}

/** Counts the records without a severity. */
function countLevels(
  querier: RecordQuerier,
  names: StreamNames,
  request: LogRequest & { intervalMs: number },
  groups: Groups,
  isLevel: (level: string) => boolean,
): void {
  const { from, to, intervalMs, budget } = request;
  const intervalNs = intervalMs * NS_PER_MS;
  const since = (hi: number, lo: number): number => (hi - from.hi) * TWO_32 + (lo - from.lo);
  const intervals = Math.max(1, Math.ceil(since(to.hi, to.lo) / intervalNs));
  const rows = querier.logs(request);
  const parts = new WantedParts(rows, NO_NAMES);
  try {
    while (rows.next()) {
      const metadata = recordMetadata(parts, names.of(rows.stream));
      const level = metadata[metadata.lastIndexOf(LEVEL_LABEL) + 1] ?? '';
      if (!isLevel(level)) continue;
      const group = groups.number(rows.stream, level);
      let entries = groups.entries[group];
      if (entries === undefined) {
        budget.addBytes(intervals * 4);
        entries = new Uint32Array(intervals);
        groups.entries[group] = entries;
      }
      const interval = Math.floor(since(rows.tHi, rows.tLo) / intervalNs);
      entries[interval] = (entries[interval] ?? 0) + 1;
    }
  } finally {
    rows.close();
  }
}

/** Numbers of groups, by the values of labels. */
class Groups {
  readonly entries: (Uint32Array | undefined)[] = [];
  readonly #names: StreamNames;
  readonly #labelNames: readonly string[];
  readonly #values: string[][] = [];
  readonly #numbers = new Map<string, number>();
  readonly #byStream = new Map<Labels, Map<string, number>>();

  constructor(names: StreamNames, labelNames: readonly string[]) {
    this.#names = names;
    this.#labelNames = labelNames;
  }

  /** The number of the group of a stream's records with a level. */
  number(stream: Labels, level: string): number {
    let byLevel = this.#byStream.get(stream);
    if (byLevel === undefined) {
      byLevel = new Map();
      this.#byStream.set(stream, byLevel);
    }
    let number = byLevel.get(level);
    if (number === undefined) {
      number = this.#make(stream, level);
      byLevel.set(level, number);
    }
    return number;
  }

  #make(stream: Labels, level: string): number {
    const { labels } = this.#names.of(stream);
    const values = this.#labelNames.map((name) =>
      name === LEVEL_LABEL ? level : labels.get(name),
    );
    const key = JSON.stringify(values);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.push(values) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  finish(): LogGroup[] {
    const found: LogGroup[] = [];
    for (const [number, values] of this.#values.entries()) {
      const entries = this.entries[number];
      if (entries !== undefined) found.push({ values, entries });
    }
    return found;
  }
}
