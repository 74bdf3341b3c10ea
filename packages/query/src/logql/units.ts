/**
 * Durations and sizes as people write them in queries and in labels.
 *
 * Durations are Go's (`1h15m30.5s`, `100us`) with Prometheus' longer units (`d w y`); sizes take decimal (`KB` = 1000) and binary
 * (`KiB` = 1024) units of either case, as Loki's label filters do. The value of an invalid text is NaN.
 */
const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-9],
  ['us', 1e-6],
  ['\u00b5s', 1e-6],
  ['\u03bcs', 1e-6],
  ['ms', 1e-3],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['y', 31_536_000],
]);

const DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h|d|w|y))+$/;
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)([a-z\u00b5\u03bc]+)/g;
/** Longer texts are no durations or sizes; keeps hostile labels cheap. */
const MAX_LENGTH = 64;

/** Seconds of a duration; NaN when it is none. */
export function durationSeconds(text: string): number {
  if (text === '0') return 0;
  if (text.length > MAX_LENGTH || !DURATION.test(text)) return Number.NaN;
  let seconds = 0;
  for (const [, count = '', unit = ''] of text.matchAll(DURATION_PART)) {
    const size = UNIT_SECONDS.get(unit) ?? Number.NaN;
    // Dividing keeps `1.5ms` and the like exact where multiplying would not.
    seconds += size < 1 ? Number(count) / Math.round(1 / size) : Number(count) * size;
  }
  return text.startsWith('-') ? -seconds : seconds;
}

const SIZE = /^(\d[\d,]*\.?\d*|\.\d+)\s*([kmgtpe]?)(i?)(b?)$/i;
const POWERS = 'kmgtpe';

/** Bytes of a size; NaN when it is none. */
export function sizeBytes(text: string): number {
  const match = text.length > MAX_LENGTH ? null : SIZE.exec(text.trim());
  if (match === null) return Number.NaN;
  const [, count = '', prefix = '', binary = ''] = match;
  if (prefix === '' && binary !== '') return Number.NaN;
  const power = prefix === '' ? 0 : POWERS.indexOf(prefix.toLowerCase()) + 1;
  return Math.trunc(Number(count.replaceAll(',', '')) * (binary === '' ? 1000 : 1024) ** power);
}
