/**
 * Words and numbers for levels, as loggers write them, to OpenTelemetry's severity numbers (logs data model, appendix B; numbers are
 * those of bunyan and pino).
 */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['trace', 1],
  ['verbose', 1],
  ['trc', 1],
  ['debug', 5],
  ['dbg', 5],
  ['info', 9],
  ['inf', 9],
  ['information', 9],
  ['informational', 9],
  ['notice', 10],
  ['warn', 13],
  ['wrn', 13],
  ['warning', 13],
  ['error', 17],
  ['err', 17],
  ['eror', 17],
  ['severe', 17],
  ['alert', 19],
  ['critical', 21],
  ['crit', 21],
  ['fatal', 21],
  ['panic', 21],
  ['emerg', 21],
  ['emergency', 21],
  ['10', 1],
  ['20', 5],
  ['30', 9],
  ['40', 13],
  ['50', 17],
  ['60', 21],
]);

/** No word above is longer. */
const LONGEST = 13;

/** The severity that `bytes[start, end)` names, in any case; 0 when it is none. */
export function severityOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONGEST) return 0;
  let word = '';
  for (let i = start; i < end; i++) word += String.fromCharCode(bytes[i]);
  return LEVELS.get(word.toLowerCase()) ?? 0;
}

/**
 * Levels that nobody sent, found in the text of a record when it came in (line-level.ts), stand in the column of severities under
 * numbers of their own: so a severity number is shown only of records that have one.
 */
export const FOUND_UNKNOWN = 32;
export const FOUND_TRACE = 33;
export const FOUND_DEBUG = 34;
export const FOUND_INFO = 35;
export const FOUND_WARN = 36;
export const FOUND_ERROR = 37;
export const FOUND_CRITICAL = 38;
export const FOUND_FATAL = 39;
/** What the column of severities may hold is below. */
export const SEVERITY_CODES = 40;

const FIRST_NUMBER_OF_FOUND = [0, 1, 5, 9, 13, 17, 21, 21];

/** Whether a value of the column is a level that was found. */
export function isFoundLevel(code: number): boolean {
  return code >= FOUND_UNKNOWN;
}

/** A value of the column as the severity number to compare with: of a level that was found the lowest that means it. */
export function severityNumberOf(code: number): number {
  return code < FOUND_UNKNOWN ? code : (FIRST_NUMBER_OF_FOUND[code - FOUND_UNKNOWN] ?? 0);
}
