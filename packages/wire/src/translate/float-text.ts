/**
 * A float the way Prometheus writes it in `le` and `quantile` (Go's FormatFloat(v, 'f', -1)): shortest decimal digits that
 * read back to the same double, never an exponent.
 */
export function plainFloatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const e = text.indexOf('e');
  return e < 0 ? text : expand(text.slice(0, e), Number(text.slice(e + 1)));
}

function expand(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const unsigned = sign === '' ? mantissa : mantissa.slice(1);
  const point = unsigned.indexOf('.');
  const digits = unsigned.replace('.', '');
  const at = (point < 0 ? unsigned.length : point) + exponent;
  if (at <= 0) return `${sign}0.${'0'.repeat(-at)}${digits}`;
  if (at >= digits.length) return sign + digits + '0'.repeat(at - digits.length);
  return `${sign}${digits.slice(0, at)}.${digits.slice(at)}`;
}
