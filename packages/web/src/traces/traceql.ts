/** TraceQL for the query editor: colours, and completion from what the server has. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { StreamLanguage } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { fetchTags, fetchTagValues } from '../api/tempo.ts';
import type { EditorLanguage } from '../editor/editor-extensions.ts';
import { quoteName } from './search-form.ts';
import { completionPlace, functions, intrinsics, keywordValues } from './traceql-completion.ts';

const keywords =
  /^(?:true|false|nil|error|ok|unset|server|client|internal|producer|consumer|unspecified|by|select|with|coalesce)\b/;
const functionNames =
  /^(?:count|avg|min|max|sum|rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare|topk|bottomk)\b(?=\s*\()/;

const language = StreamLanguage.define({
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"\\]|\\.)*"?|^`[^`]*`?/)) return 'string';
    if (stream.match(/^\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)?\b/)) return 'number';
    if (stream.match(functionNames)) return 'function';
    if (stream.match(/^(?:span|resource|event|link|instrumentation|trace|parent)?[.:][\w.\-/]+/))
      return 'label';
    if (stream.match(keywords)) return 'keyword';
    if (stream.match(/^[A-Za-z]\w*/)) return 'label';
    stream.next();
    return null;
  },
  tokenTable: { function: tags.function(tags.variableName), label: tags.labelName },
});

/** Completions look this far back. */
const lookBackS = 6 * 3600;
const keepMs = 60_000;
const answers = new Map<
  string,
  { readonly untilMs: number; readonly options: Promise<readonly Completion[]> }
>();

/** Asks once a minute; a failure offers nothing and is asked again. */
function remembered(
  key: string,
  ask: () => Promise<readonly Completion[]>,
): Promise<readonly Completion[]> {
  const held = answers.get(key);
  if (held !== undefined && held.untilMs > Date.now()) return held.options;
  if (answers.size > 100) answers.clear();
  const options = ask().catch(() => {
    answers.delete(key);
    return [];
  });
  answers.set(key, { untilMs: Date.now() + keepMs, options });
  return options;
}

function lately() {
  const endS = Date.now() / 1000;
  return { startS: endS - lookBackS, endS };
}

async function fieldOptions(): Promise<readonly Completion[]> {
  const scopes = await fetchTags(lately(), AbortSignal.timeout(5000));
  const attributes = scopes
    .filter((scope) => scope.name !== 'intrinsic')
    .flatMap((scope) =>
      scope.tags.map((tag) => ({ label: `${scope.name}.${quoteName(tag)}`, type: 'property' })),
    );
  return [
    ...intrinsics.map(([label, detail]) => ({ label, detail, type: 'keyword', boost: 1 })),
    ...attributes,
  ];
}

async function valueOptions(field: string): Promise<readonly Completion[]> {
  const words = Object.hasOwn(keywordValues, field) ? keywordValues[field] : undefined;
  if (words !== undefined) return words.map((label) => ({ label, type: 'keyword' }));
  const values = await fetchTagValues(field, '', lately(), AbortSignal.timeout(5000));
  return values.map(({ type, value }) => ({
    label: value,
    detail: type === 'string' ? '' : type,
    type: type === 'string' ? 'text' : 'constant',
  }));
}

/** Completion from the server's tags; the list is filtered by the editor as the reader types on. */
async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const place = completionPlace(
    context.state.sliceDoc(Math.max(0, context.pos - 2000), context.pos),
  );
  const back = Math.max(0, context.pos - 2000);
  if (place.kind === 'none') return null;
  const from = back + place.from;
  if (place.kind === 'function')
    return {
      from,
      options: functions.map(([label, detail]) => ({ label, detail, type: 'function' })),
    };
  if (place.kind === 'field') {
    if (!context.explicit && from === context.pos) return null;
    return {
      from,
      options: [...(await remembered('fields', fieldOptions))],
      validFor: /^[\w.:\-/]*$/,
    };
  }
  const options = await remembered(place.field, () => valueOptions(place.field));
  return {
    from,
    options: options.map((option) => ({ ...option, apply: valueText(option, place.quoted) })),
    validFor: place.quoted ? /^[^"]*$/ : /^[^"\s&|(){}]*$/,
  };
}

function valueText(option: Completion, quoted: boolean): string {
  if (option.type !== 'text') return option.label;
  const text = JSON.stringify(option.label);
  // The opening quote stands there, and the editor has closed it.
  return quoted ? text.slice(1, -1) : text;
}

export const traceql: EditorLanguage = {
  extension: [language, language.data.of({ autocomplete: complete })],
  placeholder:
    'A TraceQL query, such as { status = error && duration > 500ms }, or the id of a trace',
};
