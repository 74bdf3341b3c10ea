/** Go's fmt verbs for the values of templates: `%s %v %d %f %g %q %x %X %t %%` with flags `-`, `0`, `+`, width and precision. */
import { quote } from '../../promql/go-quote.ts';
import { formatDate } from './template-dates.ts';

const VERB = /%([-+0 ]*)(\d{0,4})(?:\.(\d{0,4}))?([a-zA-Z%])/g;

export function printValue(value: string | number | boolean | Date): string {
  return value instanceof Date ? formatDate('2006-01-02 15:04:05 -0700 MST', value) : String(value);
}

export function printf(
  format: string,
  args: readonly (string | number | boolean | Date)[],
): string {
  let next = 0;
  return format.replace(VERB, (_, flags: string, width: string, precision, verb: string) => {
    if (verb === '%') return '%';
    const value = args[next++];
    if (value === undefined) return `%!${verb}(MISSING)`;
    const printed = verbText(verb, precision, value);
    const signed = flags.includes('+') && typeof value === 'number' && value >= 0;
    const body = signed ? `+${printed}` : printed;
    if (flags.includes('-')) return body.padEnd(Number(width));
    if (!flags.includes('0') || typeof value !== 'number') return body.padStart(Number(width));
    const sign = /^[+-]/.exec(body)?.[0] ?? '';
    return sign + body.slice(sign.length).padStart(Number(width) - sign.length, '0');
  });
}

function verbText(
  verb: string,
  precision: string | undefined,
  value: string | number | boolean | Date,
): string {
  switch (verb) {
    case 's':
    case 'v': {
      const text = printValue(value);
      return precision === undefined || verb === 'v'
        ? text
        : [...text].slice(0, Number(precision)).join('');
    }
    case 't':
      if (typeof value === 'boolean') return String(value);
      break;
    case 'q':
      return quote(printValue(value));
    case 'd':
      if (typeof value === 'number' && Number.isInteger(value)) return String(value);
      break;
    case 'x':
    case 'X': {
      const isWhole = typeof value === 'number' && Number.isInteger(value);
      const hex = isWhole ? value.toString(16) : Buffer.from(printValue(value)).toString('hex');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    case 'f':
      if (typeof value === 'number') return value.toFixed(Math.min(100, Number(precision ?? 6)));
      break;
    case 'e':
      if (typeof value === 'number')
        return value.toExponential(Math.min(100, Number(precision ?? 6)));
      break;
    case 'g':
      if (typeof value === 'number') return String(value);
  }
  const type = typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'float64') : 'string';
  return `%!${verb}(${type}=${printValue(value)})`;
}
