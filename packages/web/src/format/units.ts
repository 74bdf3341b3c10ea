/**
 * Numbers for people. A value is shown with at most four significant digits and a unit whose prefix fits it;
 * bytes use binary prefixes (KiB), everything else decimal ones. Exact values belong in tables and CSV, not here.
 */

/** What a number means. `ratio` is 0..1 shown as percent; rates are per second. */
export type Unit = 'number' | 'bytes' | 'bytes/s' | 'seconds' | 'ratio' | 'per second';

const binaryPrefixes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const decimalPrefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three significant digits, without trailing zeros after the point: 12.3, 0.05, 1,230 stays 1230. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits =
    size >= 100
      ? 0
      : size >= 10
        ? 1
        : size >= 1
          ? 2
          : Math.min(8, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function scaled(value: number, base: number, prefixes: readonly string[]): [string, string] {
  let size = value;
  let power = 0;
  // 999.5 would round to "1000": step up a prefix just before it does.
  while (Math.abs(size) >= base * 0.9995 && power < prefixes.length - 1) {
    size /= base;
    power += 1;
  }
  return [shortNumber(size), prefixes[power] ?? ''];
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 1e-6) return `${shortNumber(value * 1e9)} ns`;
  if (size < 1e-3) return `${shortNumber(value * 1e6)} µs`;
  if (size < 1) return `${shortNumber(value * 1e3)} ms`;
  if (size < 120) return `${shortNumber(value)} s`;
  if (size < 7200) return `${shortNumber(value / 60)} min`;
  if (size < 172_800) return `${shortNumber(value / 3600)} h`;
  return `${shortNumber(value / 86_400)} d`;
}

/** A share needs no more than two decimals, however small it is. */
function formatPercent(percent: number): string {
  return Math.abs(percent) < 1 ? String(Number(percent.toFixed(2))) : shortNumber(percent);
}

/** Formats `value` in `unit` for a chart's axis, a legend or a read-out. NaN and infinities are named. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, binaryPrefixes).join(' ');
    case 'bytes/s':
      return `${scaled(value, 1024, binaryPrefixes).join(' ')}/s`;
    case 'seconds':
      return formatSeconds(value);
    case 'ratio':
      return `${formatPercent(value * 100)} %`;
    case 'per second':
      return `${joinPrefix(scaled(value, 1000, decimalPrefixes))}/s`;
    case 'number':
      return Math.abs(value) !== 0 && Math.abs(value) < 1e-6
        ? value.toExponential(2)
        : joinPrefix(scaled(value, 1000, decimalPrefixes));
  }
}

function joinPrefix([digits, prefix]: [string, string]): string {
  return prefix === '' ? digits : `${digits} ${prefix}`;
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count in full with thousands separators: 3,684,120. */
export function formatCount(value: number): string {
  return grouped.format(value);
}

/** `1 span`, `1,000 spans`. */
export function spansText(count: number): string {
  return count === 1 ? '1 span' : `${formatCount(count)} spans`;
}

/** The unit that a metric's name announces by Prometheus' and OpenTelemetry's naming rules. */
export function unitOfExpression(expression: string): Unit {
  const isRate = /\b(rate|irate|deriv)\s*\(/.test(expression);
  // A mean of what was observed, from the rates of sum and count.
  if (/(_seconds|spanmetrics_latency)_sum\b[^/]*\/.*\1_count\b/.test(expression)) return 'seconds';
  if (/_bytes(_total|_sum)?\b/.test(expression)) return isRate ? 'bytes/s' : 'bytes';
  if (/_ratio\b/.test(expression)) return 'ratio';
  if (
    /(_seconds|spanmetrics_latency)(_bucket)?\b/.test(expression) &&
    (!isRate || /histogram_(quantile|avg)/.test(expression))
  )
    return 'seconds';
  return 'number';
}
