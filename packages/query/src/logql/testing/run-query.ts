/** Queries of tests, over lines written as text, with answers as text. */
import assert from 'node:assert/strict';
import { timeOfMs } from '@sightline/wire';
import { labelsText } from '../../promql/label-index.ts';
import { freeBudget } from '../../promql/testing/memory-querier.ts';
import { LogqlEngine } from '../engine.ts';
import { parseLogql } from '../parse.ts';
import { entryOf, MemorySource } from './memory-source.ts';

export const engine = new LogqlEngine({ maxSamples: 1_000_000, maxSeries: 100 });

/** Seconds to milliseconds of the tests' time line. */
const T0 = 1_700_000_000_000;
export const at = (seconds: number): number => T0 + seconds * 1000;

/** `seconds label: line`: stream {app="a", pod=label}. */
export function lines(...texts: string[]): MemorySource {
  return new MemorySource(
    texts.map((text) => {
      const [, seconds = '', pod = '', line = ''] = /^([\d.]+) (\w+): ?(.*)$/.exec(text) ?? [];
      return entryOf({ app: 'a', pod }, at(Number(seconds)), line);
    }),
  );
}

/** At one time: series as `{labels} value`. */
export function vector(query: string, source: MemorySource, seconds = 60): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind !== 'log');
  const result = engine.instant(expr, at(seconds), source, freeBudget);
  if (result.type === 'scalar') return [String(result.value)];
  assert.ok(result.type === 'vector');
  return result.series.map(({ labels, v }) => `${labelsText(labels)} ${v[0]}`);
}

/** Over a range: series as `{labels} value value`, `-` where there is none. */
export function matrix(query: string, source: MemorySource, to: number, step: number): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind !== 'log');
  const result = engine.range(expr, at(0), at(to), step * 1000, source, freeBudget);
  assert.ok(result.type === 'matrix');
  return result.series.map(({ labels, t, v }) => {
    const byTime = new Map([...t].map((time, i) => [time, v[i]]));
    const shown: string[] = [];
    for (let s = 0; s <= to; s += step) shown.push(String(byTime.get(at(s)) ?? '-'));
    return `${labelsText(labels)} ${shown.join(' ')}`;
  });
}

/** A log query: `stream | line, line`. */
export function logs(
  query: string,
  source: MemorySource,
  direction: 'forward' | 'backward' = 'forward',
  limit = 100,
): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind === 'log');
  const range = { start: timeOfMs(at(0)), end: timeOfMs(at(100)), direction, limit };
  return engine.logs(expr, range, source, freeBudget).map((stream) => {
    const labels = [...stream.stream, ...stream.structuredMetadata, ...stream.parsed].join(' ');
    return `${labels} | ${stream.lines.join(', ')}`;
  });
}
