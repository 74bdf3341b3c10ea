/** For tests of the parser: a text in, rows as text out. */
import { MetricBatch } from '../model/batch.ts';
import { type ExpositionFormat, ExpositionParser } from './parse.ts';
import { ExpositionSource } from './source.ts';
import { TestResolver, WIDE_LIMITS } from './test-resolver.ts';

export const NOW = 1_700_000_000_000;
export const encoder = new TextEncoder();
export const value = new Float64Array(1);
export const words = new Uint32Array(value.buffer);

interface Parsed {
  rows: string[];
  problems: string[];
  batch: MetricBatch;
  parser: ExpositionParser;
  resolver: TestResolver;
}

export function parse(
  text: string | Uint8Array,
  format: ExpositionFormat = 'text',
  strict = false,
  source = new ExpositionSource('test', (pairs) => pairs),
  resolver = new TestResolver(),
): Parsed {
  const parser = new ExpositionParser();
  const batch = new MetricBatch(4);
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  const options = { format, now: NOW, honorTimestamps: true, strict };
  parser.parse(bytes, bytes.length, options, source, resolver, WIDE_LIMITS, batch);
  const rows: string[] = [];
  for (let i = 0; i < batch.n; i++) {
    words[0] = batch.lo[i] ?? 0;
    words[1] = batch.hi[i] ?? 0;
    const t = batch.t[i] === NOW ? '' : ` @${batch.t[i]}`;
    const st = batch.st[i] === 0 ? '' : ` from ${batch.st[i]}`;
    rows.push(`${resolver.text(batch.series[i] ?? 0)} ${value[0]}${t}${st}`);
  }
  return { rows, problems: [...parser.problems], batch, parser, resolver };
}
