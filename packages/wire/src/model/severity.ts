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
