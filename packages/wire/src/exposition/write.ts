/**
 * Writer of the text format 0.0.4 and of OpenMetrics 1.0.
 *
 * Model: `family` begins a metric family, then come its samples, `end` closes the text. Names are given as they are stored
 * (`http_requests_total`); OpenMetrics names a counter's family without `_total`, and its `# UNIT` only where the family's name
 * ends with the unit.
 */
import type { MetricMetadata, MetricType } from '../model/batch.ts';
import type { ExpositionFormat } from './parse.ts';

/** Types that the text format does not have. */
const TEXT_TYPES: Readonly<Partial<Record<MetricType, string>>> = {
  unknown: 'untyped',
  info: 'gauge',
  stateset: 'gauge',
  gaugehistogram: 'histogram',
};

export class ExpositionWriter {
  readonly #openMetrics: boolean;
  #text = '';

  constructor(format: ExpositionFormat) {
    this.#openMetrics = format === 'openmetrics';
  }

  family({ name, type, help, unit }: MetricMetadata): void {
    const shown = this.#openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
    const typeName = this.#openMetrics ? type : (TEXT_TYPES[type] ?? type);
    const quoted = isClassicName(shown) ? shown : quote(shown);
    this.#text += `# HELP ${quoted} ${this.#help(help)}\n# TYPE ${quoted} ${typeName}\n`;
    if (this.#openMetrics && unit !== '' && shown.endsWith(`_${unit}`)) {
      this.#text += `# UNIT ${quoted} ${unit}\n`;
    }
  }

  /** `labels` is the text between the braces, as `labelsText` makes it, or ''. */
  sample(name: string, labels: string, value: number): void {
    const braces = labels === '' ? '' : `{${labels}}`;
    const series = isClassicName(name)
      ? `${name}${braces}`
      : `{${quote(name)}${labels === '' ? '' : `,${labels}`}}`;
    this.#text += `${series} ${formatValue(value)}\n`;
  }

  /** The whole text. */
  end(): string {
    return this.#openMetrics ? `${this.#text}# EOF\n` : this.#text;
  }

  #help(text: string): string {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    return this.#openMetrics ? escaped.replaceAll('"', '\\"') : escaped;
  }
}

/** `a="b",c="d"` from names and values in turn. */
export function labelsText(pairs: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    const shown = isClassicName(name) && !name.includes(':') ? name : quote(name);
    parts.push(`${shown}=${quote(pairs[i + 1] ?? '')}`);
  }
  return parts.join(',');
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function isClassicName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
