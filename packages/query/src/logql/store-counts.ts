/**
 * Counts of log records by values of labels, from columns alone.
 *
 * Model: the store counts by stream and severity. Records without a severity have their level in fields or in the line: when it is
 * asked for, those are read.
 *
 * Invariant: a label that fields may have is not counted here: a stream that wants counting must have it itself.
 */
import type { Labels, LogCountRequest, LogRequest, RecordQuerier } from '@sightline/store';
import { floorMs, LEVEL_LABEL, levelOfSeverity, tellsLevel } from '@sightline/wire';
import { matcherTests } from './log-info.ts';
import { compileMatcher } from './pipeline/label-filter.ts';
import { labelName } from './pipeline/names.ts';
import { recordMetadata, WantedParts } from './record-metadata.ts';
import type { LogGroup, LogSelect } from './source.ts';
import type { StreamNames } from './stream-names.ts';

const TWO_32 = 2 ** 32;
const NS_PER_MS = 1e6;
const SEVERITIES = 25;
const NO_NAMES: ReadonlySet<string> = new Set();

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
  const counted = Array.from({ length: SEVERITIES }, (_, i) =>
    i === 0 ? !readsLevels : isLevel(levelOfSeverity(i)),
  );
  const request: LogCountRequest = {
    wants,
    from: start,
    to: end,
    backward: false,
    texts: hints,
    fields: [],
    severities: counted,
    budget,
    intervalMs,
    sizes: false,
    groupOf: (stream, severity) => groups.number(stream, levelOfSeverity(severity)),
  };
  for (const { group, records } of querier.countLogs(request)) groups.entries[group] = records;
  if (readsLevels) {
    const wantsField = (field: string): boolean => tellsLevel(labelName(field));
    const rest = { ...request, wantsField, severities: counted.map((_, i) => i === 0) };
    countLevels(querier, names, rest, groups, isLevel);
  }
  return groups.finish();
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
