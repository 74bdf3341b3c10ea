/** A query's result as an answer: `{"status":"success","data":{"resultType":...,"result":...},"warnings":[...],"infos":[...]}`. */
import { formatSample, type QueryResult } from '@sightline/query';
import { jsonAnswer, notes } from './answers.ts';
import type { QueryAnswer } from './requests.ts';

/** `resultType` stands before `result`, as readers of the stream need it. */
export function resultAnswer(result: QueryResult, stats: object | undefined): QueryAnswer {
  const statsText = stats === undefined ? '' : `,"stats":${JSON.stringify(stats)}`;
  const data = `{"resultType":"${result.type}","result":${resultText(result)}${statsText}}`;
  const tail = notes(result.warnings, result.infos);
  return jsonAnswer(200, `{"status":"success","data":${data}${tail}}`);
}

function resultText(result: QueryResult): string {
  const point = (t: number, text: string) => `[${t / 1000},"${text}"]`;
  switch (result.type) {
    case 'scalar':
      return point(result.t, formatSample(result.value));
    case 'string':
      return `[${result.t / 1000},${JSON.stringify(result.value)}]`;
    case 'vector':
    case 'matrix': {
      const series = result.series.map((one) => {
        const points = Array.from(one.t, (t, i) => point(t, formatSample(one.v[i] ?? 0)));
        const values = result.type === 'vector' ? `"value":${points[0]}` : `"values":[${points}]`;
        return `{"metric":${JSON.stringify(one.labels.toObject())},${values}}`;
      });
      return `[${series}]`;
    }
  }
}
