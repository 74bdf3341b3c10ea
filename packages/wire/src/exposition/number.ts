/**
 * Numbers of the text formats, scanned in place.
 *
 * Model: a token ends at a blank, a line feed or the end of the body. Short decimals (nearly all of them) are computed from their
 * digits: an integer below 2^53 scaled by a power of ten up to 10^22 is exact in one rounding (Clinger, "How to read floating
 * point numbers accurately", 1990). Everything else goes through the runtime's correctly rounded conversion.
 *
 * Invariants: the result lies in `numberWords` (low, high), never in a returned number, so that a NaN has exactly Prometheus'
 * ordinary bits. Spellings are those of Go's ParseFloat before 1.13, as Prometheus limits them: no `_`, no hexadecimal.
 */
const value = new Float64Array(1);

/** The words (low, high) of the number read last. */
export const numberWords = new Uint32Array(value.buffer);

/** The number read last; NaN payloads are only in `numberWords`. */
export function lastNumber(): number {
  return value[0] ?? 0;
}

/** Prometheus' ordinary NaN, 0x7ff8000000000001 (prometheus/model/value/value.go). */
const NAN_HI = 0x7ff80000;
const NAN_LO = 1;

const MAX_EXACT = 9007199254740991;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * Reads the number that starts at `start`; returns the position after it, or -1 when the token is not a number.
 * The token ends at a space, a tab, a carriage return, a line feed or `end`.
 */
export function scanNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let c = at < end ? (bytes[at] ?? 0) : 0;
  const negative = c === 0x2d;
  if (negative || c === 0x2b) c = ++at < end ? (bytes[at] ?? 0) : 0;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  const first = at;
  while (c >= 0x30 && c <= 0x39) {
    mantissa = mantissa * 10 + (c - 0x30);
    c = ++at < end ? (bytes[at] ?? 0) : 0;
  }
  digits = at - first;
  if (c === 0x2e) {
    const point = at;
    c = ++at < end ? (bytes[at] ?? 0) : 0;
    while (c >= 0x30 && c <= 0x39) {
      mantissa = mantissa * 10 + (c - 0x30);
      c = ++at < end ? (bytes[at] ?? 0) : 0;
    }
    scale = point + 1 - at;
    digits -= scale;
  }
  if (digits === 0 || mantissa > MAX_EXACT) return scanToken(bytes, start, end);
  if (c === 0x65 || c === 0x45) {
    c = ++at < end ? (bytes[at] ?? 0) : 0;
    const negativeExponent = c === 0x2d;
    if (negativeExponent || c === 0x2b) c = ++at < end ? (bytes[at] ?? 0) : 0;
    const exponentStart = at;
    let exponent = 0;
    while (c >= 0x30 && c <= 0x39 && exponent < 100000) {
      exponent = exponent * 10 + (c - 0x30);
      c = ++at < end ? (bytes[at] ?? 0) : 0;
    }
    if (at === exponentStart) return -1;
    scale += negativeExponent ? -exponent : exponent;
  }
  if (at < end && !isBlank(c)) return scanToken(bytes, start, end);
  if (scale !== 0 && mantissa !== 0) {
    if (scale > 22 || scale < -22) return scanToken(bytes, start, end);
    if (scale > 0) mantissa *= POWERS[scale] ?? 1;
    else mantissa /= POWERS[-scale] ?? 1;
  }
  value[0] = negative ? -mantissa : mantissa;
  return at;
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d;
}

/** Longest number the formats' writers produce is 24 characters; past this a token is not worth converting. */
const MAX_TOKEN = 400;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

function scanToken(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const stop = Math.min(end, start + MAX_TOKEN);
  let text = '';
  while (at < stop) {
    const c = bytes[at] ?? 0;
    if (isBlank(c)) break;
    if (c >= 0x80) return -1;
    text += String.fromCharCode(c);
    at++;
  }
  if (at === stop && stop < end) return -1;
  if (DECIMAL.test(text)) {
    const parsed = Number(text);
    // Go reports a range error where the nearest double is infinite.
    if (parsed === Infinity || parsed === -Infinity) return -1;
    value[0] = parsed;
    return at;
  }
  const infinite = INFINITE.exec(text);
  if (infinite !== null) {
    value[0] = infinite[1] === '-' ? -Infinity : Infinity;
    return at;
  }
  if (text.toLowerCase() !== 'nan') return -1;
  numberWords[0] = NAN_LO;
  numberWords[1] = NAN_HI;
  return at;
}

/**
 * A number as Prometheus writes `le` and `quantile` values since 3.0: Go's shortest `%g` (an exponent of at least two digits
 * below 1e-4 and from 1e6), with `.0` added where the text would look like an integer.
 */
export function formatBoundary(number: number): string {
  if (Number.isNaN(number)) return 'NaN';
  if (number === 0) return '0.0';
  if (!Number.isFinite(number)) return number > 0 ? '+Inf' : '-Inf';
  const magnitude = Math.abs(number);
  if (magnitude >= 1e-4 && magnitude < 1e6) {
    const text = String(number);
    return text.includes('.') ? text : `${text}.0`;
  }
  const text = number.toExponential();
  const exponent = text.indexOf('e') + 2;
  return text.length - exponent < 2 ? `${text.slice(0, exponent)}0${text.slice(exponent)}` : text;
}
