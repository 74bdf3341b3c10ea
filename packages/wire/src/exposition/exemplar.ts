/** Exemplars of OpenMetrics lines: ` # {labels} value [timestamp]`, the timestamp in seconds. */
import type { Exemplar } from '../model/batch.ts';
import { LineProblem, parseExemplarLabels } from './labels.ts';
import { closingBrace } from './line.ts';
import { lastNumber, scanNumber } from './number.ts';

/** OpenMetrics 1.0: label names and values of an exemplar together. */
const MAX_CHARACTERS = 128;

/**
 * Parses [start, end), which begins with the space after the value or timestamp. An exemplar without a time gets that of its
 * sample, `t` (Unix ms). Throws LineProblem.
 */
export function parseExemplar(
  bytes: Uint8Array,
  start: number,
  end: number,
  series: number,
  t: number,
): Exemplar {
  if (bytes[start] !== 0x20 || bytes[start + 1] !== 0x23 || bytes[start + 2] !== 0x20) {
    throw new LineProblem('unexpected text after the sample');
  }
  const close = closingBrace(bytes, start + 4, end);
  if (close < 0) throw new LineProblem('the labels of the exemplar are not closed');
  const labels = parseExemplarLabels(bytes, start + 3, close + 1);
  let characters = 0;
  for (const text of labels) characters += [...text].length;
  if (characters > MAX_CHARACTERS) {
    throw new LineProblem(`labels of the exemplar have more than ${MAX_CHARACTERS} characters`);
  }
  if (bytes[close + 1] !== 0x20) throw new LineProblem('the exemplar has no value');
  let at = scanNumber(bytes, close + 2, end);
  if (at < 0) throw new LineProblem('invalid value of the exemplar');
  const value = lastNumber();
  if (at === end) return { series, labels, value, t };
  at = bytes[at] === 0x20 ? scanNumber(bytes, at + 1, end) : -1;
  const time = Math.trunc(lastNumber() * 1000);
  if (at !== end || !Number.isSafeInteger(time)) {
    throw new LineProblem('invalid timestamp of the exemplar');
  }
  return { series, labels, value, t: time };
}
