/**
 * Numbers as Go prints them. JavaScript and Go agree on the shortest digits that read back as the same double; they differ in when they
 * turn to exponents and in the names of the special values.
 */

interface Decimal {
  negative: boolean;
  /** Significant digits without leading or trailing zeros (except "0"). */
  digits: string;
  /** Value = 0.digits * 10^point. */
  point: number;
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return null;
}

function decompose(value: number): Decimal {
  const negative = value < 0 || Object.is(value, -0);
  const text = Math.abs(value).toExponential();
  const e = text.indexOf('e');
  const digits = text.slice(0, e).replace('.', '');
  return { negative, digits, point: Number(text.slice(e + 1)) + 1 };
}

function plain(d: Decimal): string {
  const sign = d.negative ? '-' : '';
  if (d.digits === '0') return `${sign}0`;
  if (d.point <= 0) return `${sign}0.${'0'.repeat(-d.point)}${d.digits}`;
  if (d.point >= d.digits.length) return sign + d.digits + '0'.repeat(d.point - d.digits.length);
  return `${sign}${d.digits.slice(0, d.point)}.${d.digits.slice(d.point)}`;
}

function scientific(d: Decimal): string {
  const exponent = d.digits === '0' ? 0 : d.point - 1;
  const rest = d.digits.length > 1 ? `.${d.digits.slice(1)}` : '';
  const size = Math.abs(exponent).toString().padStart(2, '0');
  return `${d.negative ? '-' : ''}${d.digits[0]}${rest}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** `strconv.FormatFloat(v, 'f', -1, 64)`: never an exponent. */
export function formatF(value: number): string {
  return special(value) ?? plain(decompose(value));
}

/** `%g`: an exponent below 1e-4 and from 1e6 on (the threshold of `strconv` for the shortest form). */
export function formatG(value: number): string {
  const name = special(value);
  if (name !== null) return name;
  const d = decompose(value);
  const exponent = d.digits === '0' ? 0 : d.point - 1;
  return exponent < -4 || exponent >= 6 ? scientific(d) : plain(d);
}

/** Sample values in the API: an exponent when |v| < 1e-6 or |v| >= 1e21, as JavaScript has it, but of at least two digits. */
export function formatSample(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-6 && size < 1e21) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return special(value) ?? scientific(decompose(value));
}
