/**
 * `/federate`: the last sample of every matching series as Prometheus' text format, with its time.
 *
 * As Prometheus does (web/federate.go): within the lookback, stale series left out, type `untyped`, and an empty `instance` label where
 * there is none, so that the scraping side does not add its own. Histograms have no text form and are left out.
 */
import { formatSample } from '@sightline/query';
import { type Labels, METRIC_NAME, SampleBuffer } from '@sightline/store';
import { STALE_HI, STALE_LO } from '@sightline/wire';
import { textAnswer } from './answers.ts';
import type { ExecuteContext } from './context.ts';
import { forEachSeries, parseMatches } from './matches.ts';
import type { QueryAnswer } from './requests.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8';
const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function answerFederate(
  request: { matches: readonly string[]; nowMs: number; lookbackMs: number },
  context: ExecuteContext,
): QueryAnswer {
  const sets = parseMatches(request.matches);
  const { nowMs, lookbackMs } = request;
  const samples = new SampleBuffer();
  const families = new Map<string, string[]>();
  forEachSeries(sets, nowMs - lookbackMs + 1, nowMs, context, (labels, read) => {
    samples.clear();
    read(samples);
    const last = samples.n - 1;
    const name = labels.metricName;
    if (last < 0 || name === '' || (samples.hasHistograms && samples.h[last] !== undefined)) return;
    if (samples.bits[2 * last] === STALE_LO && samples.bits[2 * last + 1] === STALE_HI) return;
    const value = formatSample(samples.v[last] ?? 0);
    const line = `${seriesText(name, labels)} ${value} ${samples.t[last] ?? 0}\n`;
    context.budget.addBytes(line.length * 2);
    const family = families.get(name);
    if (family === undefined) families.set(name, [line]);
    else family.push(line);
  });
  let text = '';
  for (const name of [...families.keys()].sort()) {
    text += `# TYPE ${LEGACY_NAME.test(name) ? name : quote(name)} untyped\n`;
    text += (families.get(name) ?? []).join('');
  }
  return textAnswer(200, CONTENT_TYPE, text);
}

function seriesText(name: string, labels: Labels): string {
  const isLegacy = LEGACY_NAME.test(name);
  const parts = isLegacy ? [] : [quote(name)];
  const pairs = labels.toPairs();
  for (let i = 0; i < pairs.length; i += 2) {
    const label = pairs[i] ?? '';
    if (label === METRIC_NAME) continue;
    const shown = LEGACY_NAME.test(label) && !label.includes(':') ? label : quote(label);
    parts.push(`${shown}=${quote(pairs[i + 1] ?? '')}`);
  }
  if (labels.get('instance') === '') parts.push('instance=""');
  return `${isLegacy ? name : ''}{${parts.join(',')}}`;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
