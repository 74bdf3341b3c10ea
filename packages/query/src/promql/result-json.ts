/**
 * Answers as Prometheus' HTTP API writes them: `{"resultType":"matrix","result":[...]}`.
 *
 * A sample is `[<seconds>,"<value>"]`; a histogram `[<seconds>,{"count":"...","sum":"...","buckets":[...]}]`. No object is made per
 * sample.
 */
import type { Labels, QueryBudget } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import { histogramJson } from '../histogram/json.ts';
import { JsonBytes } from './json-bytes.ts';
import type { QueryResult, ResultSeries } from './result.ts';

/**
 * The `data` object of an answer, in pieces that follow one another. `budget` is polled per series; `stats` is written beside the
 * result as JSON.
 */
export function encodeQueryData(
  result: QueryResult,
  budget?: QueryBudget,
  stats?: object,
): Uint8Array[] {
  const json = new JsonBytes();
  json.ascii(`{"resultType":"${result.type}","result":[`);
  switch (result.type) {
    case 'scalar':
      json.seconds(result.t);
      json.ascii(',');
      json.value(result.value);
      break;
    case 'string':
      json.seconds(result.t);
      json.ascii(',');
      json.text(result.value);
      break;
    default:
      result.series.forEach((series, i) => {
        budget?.poll();
        json.ascii(i === 0 ? '{"metric":{' : ',{"metric":{');
        writeLabels(json, series.labels);
        if (result.type === 'vector') writePoint(json, series);
        else writePoints(json, series);
        json.ascii('}');
      });
  }
  json.ascii(']');
  if (stats !== undefined) json.raw(`,"stats":${JSON.stringify(stats)}`);
  json.ascii('}');
  return json.finish();
}

function writeLabels(json: JsonBytes, { ids }: Labels): void {
  for (let i = 0; i < ids.length; i += 2) {
    if (i > 0) json.ascii(',');
    json.symbol(ids[i] ?? 0);
    json.ascii(':');
    json.symbol(ids[i + 1] ?? 0);
  }
}

function writePoint(json: JsonBytes, { t, v, h }: ResultSeries): void {
  const histogram = h?.[0];
  if (histogram === undefined) {
    json.ascii('},"value":');
    json.point(t[0] ?? 0, v[0] ?? 0);
  } else {
    json.ascii('},"histogram":');
    writeHistogram(json, t[0] ?? 0, histogram);
  }
}

function writePoints(json: JsonBytes, { t, v, h }: ResultSeries): void {
  json.ascii('}');
  let open = false;
  for (let i = 0; i < t.length; i++) {
    if (h !== null && h[i] !== undefined) continue;
    json.ascii(open ? ',' : ',"values":[');
    open = true;
    json.point(t[i] ?? 0, v[i] ?? 0);
  }
  if (open) json.ascii(']');
  if (h === null) return;
  open = false;
  for (let i = 0; i < t.length; i++) {
    const histogram = h[i];
    if (histogram === undefined) continue;
    json.ascii(open ? ',' : ',"histograms":[');
    open = true;
    writeHistogram(json, t[i] ?? 0, histogram);
  }
  if (open) json.ascii(']');
}

function writeHistogram(json: JsonBytes, ms: number, h: Histogram): void {
  json.ascii('[');
  json.seconds(ms);
  json.ascii(',');
  json.raw(histogramJson(h));
  json.ascii(']');
}
