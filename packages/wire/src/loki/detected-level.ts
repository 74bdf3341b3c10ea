/**
 * `detected_level` of a log record.
 *
 * Facts (Loki's documentation and its distributor): the severity number tells the level; else a label or metadata under one of the names
 * of levels, in their order, with the usual spellings of levels made one; else the line (line-level.ts).
 *
 * Model: the level of the line is found once, at intake, when no field of the record tells it (found-level.ts), and stands in the column
 * of severities. Labels of the stream, which come before it, are looked at by who reads. Records without such a number have their line
 * looked at each time.
 */
import { LEVEL_NAMES } from '../model/level-names.ts';
import { LEVEL_SPELLINGS, levelOfLine } from '../model/line-level.ts';
import { FOUND_UNKNOWN, isFoundLevel } from '../model/severity.ts';

const UNKNOWN = 'unknown';
const BY_SEVERITY = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** From FOUND_UNKNOWN on. */
const FOUND = [UNKNOWN, 'trace', 'debug', 'info', 'warn', 'error', 'critical', 'fatal'];

/** The level of a value of the column of severities, but 0. */
export function levelOfSeverity(severity: number): string {
  if (isFoundLevel(severity)) return FOUND[severity - FOUND_UNKNOWN] ?? UNKNOWN;
  return BY_SEVERITY[(severity - 1) >> 2] ?? UNKNOWN;
}

/** The level that labels or metadata (names and values in turn) tell; '' when neither does. */
export function toldLevel(
  labels: { get(name: string): string },
  metadata: readonly string[],
): string {
  for (const name of LEVEL_NAMES) {
    const value = labels.get(name);
    if (value !== '') return levelOf(value);
  }
  let best = LEVEL_NAMES.length;
  let found = '';
  for (let i = 0; i + 1 < metadata.length; i += 2) {
    const name = metadata[i] ?? '';
    const rank = LEVEL_NAMES.indexOf(name);
    if (rank >= 0 && rank < best) {
      best = rank;
      found = metadata[i + 1] ?? '';
    }
  }
  return levelOf(found);
}

/**
 * The level of a record whose severity nobody sent: `severity` is its value in the column, 0 or what was found; `line` is asked only
 * when nothing else tells.
 */
export function detectLevel(
  labels: { get(name: string): string },
  metadata: readonly string[],
  severity: number,
  line: () => string,
): string {
  const told = toldLevel(labels, metadata);
  if (told !== '') return told;
  return levelOfSeverity(isFoundLevel(severity) ? severity : levelOfText(line()));
}

/** A level in its usual spelling, another text as it is. */
export function levelOf(text: string): string {
  const level = LEVEL_SPELLINGS.get(text.toLowerCase());
  return level === undefined ? text : levelOfSeverity(level);
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(4096);
/** Longer lines are not worth keeping the space for. */
const MAX_SCRATCH = 1 << 20;

function levelOfText(line: string): number {
  const needed = line.length * 3;
  if (needed > MAX_SCRATCH) {
    const bytes = encoder.encode(line);
    return levelOfLine(bytes, 0, bytes.length);
  }
  if (needed > scratch.length) scratch = new Uint8Array(needed * 2);
  return levelOfLine(scratch, 0, encoder.encodeInto(line, scratch).written);
}
