/** Completion as Tempo answers it: names of tags by scope, and values of one tag. */
import { ApiError, jsonAnswer } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import type { TempoRequest } from './requests.ts';
import { tagNames, tagValues } from './tempo-completion.ts';

type Ask<K extends TempoRequest['kind']> = Extract<TempoRequest, { kind: K }>;

const SCOPES = ['resource', 'span', 'event', 'link', 'instrumentation', 'intrinsic'] as const;
const INTRINSICS = [
  ...['duration', 'event:name', 'event:timeSinceStart', 'instrumentation:name'],
  ...['instrumentation:version', 'kind', 'name', 'rootName', 'rootServiceName', 'span:duration'],
  ...['span:kind', 'span:name', 'span:status', 'span:statusMessage', 'status', 'statusMessage'],
  ...['trace:duration', 'trace:rootName', 'trace:rootService', 'traceDuration'],
];

/** Throws ApiError, and what the store throws. */
export function tagsAnswer(
  { scope, startMs, endMs, limit, v2 }: Ask<'tempo tags'>,
  context: ExecuteContext,
): QueryAnswer {
  if (scope !== '' && !SCOPES.some((known) => known === scope)) {
    throw new ApiError('bad_data', `invalid scope: ${scope}`);
  }
  const names = tagNames(context, startMs, endMs);
  const all = SCOPES.map((name) => ({
    name,
    tags: (name === 'intrinsic' ? INTRINSICS : (names.get(name) ?? [])).slice(0, limit),
  }));
  const scopes = all.filter(({ name, tags }) =>
    scope === '' ? tags.length > 0 && (v2 || name !== 'intrinsic') : name === scope,
  );
  if (v2) return jsonAnswer(200, JSON.stringify({ scopes, metrics: {} }));
  const tagNamesOfAll = [...new Set(scopes.flatMap(({ tags }) => tags))].sort();
  return jsonAnswer(200, JSON.stringify({ tagNames: tagNamesOfAll.slice(0, limit), metrics: {} }));
}

export function valuesAnswer(
  { tag, query, startMs, endMs, limit, v2 }: Ask<'tempo values'>,
  context: ExecuteContext,
): QueryAnswer {
  const values = tagValues(context, { tag, query, startMs, endMs, limit }).slice(0, limit);
  if (v2) return jsonAnswer(200, JSON.stringify({ tagValues: values, metrics: {} }));
  const texts = [...new Set(values.map(({ value }) => value))];
  return jsonAnswer(200, JSON.stringify({ tagValues: texts, metrics: {} }));
}
