/** Completion for LogQL: labels and their values in selectors, stages behind a pipe, functions elsewhere. */
import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from '@codemirror/autocomplete';

export interface LogqlNames {
  labels(): Promise<readonly string[]>;
  values(label: string): Promise<readonly string[]>;
  /** Fields of the lines that are loaded. */
  fields(): readonly string[];
}

const stages: readonly Completion[] = [
  ['json', 'fields of JSON lines'],
  ['logfmt', 'fields of key=value lines'],
  ['pattern', 'fields by a pattern: "<ip> <_> <path>"'],
  ['regexp', 'fields by named groups'],
  ['unpack', 'what Promtail packed'],
  ['line_format', 'writes the line anew'],
  ['label_format', 'renames or makes labels'],
  ['decolorize', 'without terminal colours'],
  ['drop', 'leaves labels out'],
  ['keep', 'leaves other labels out'],
  ['unwrap', 'takes a label as the number of a metric'],
].map(([label = '', detail = '']) => ({ label, detail, type: 'keyword', boost: 1 }));

const functions: readonly Completion[] = [
  ...['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'absent_over_time'],
  ...['sum_over_time', 'avg_over_time', 'min_over_time', 'max_over_time', 'quantile_over_time'],
  ...['first_over_time', 'last_over_time', 'stddev_over_time', 'stdvar_over_time', 'rate_counter'],
  ...['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'sort', 'sort_desc', 'label_replace'],
].map((label) => ({ label, type: 'function' }));

/** Completes from what the server knows in the time that is shown. */
export function logqlCompletion(names: () => LogqlNames): CompletionSource {
  return (context) => complete(context, names());
}

async function complete(
  context: CompletionContext,
  names: LogqlNames,
): Promise<CompletionResult | null> {
  const before = context.state.sliceDoc(0, context.pos);
  const open = before.lastIndexOf('{');
  if (open > before.lastIndexOf('}')) return inSelector(context, before.slice(open + 1), names);
  const word = context.matchBefore(/[A-Za-z_]\w*$/);
  if (word === null && !context.explicit) return null;
  const from = word?.from ?? context.pos;
  const lead = before.slice(0, from - context.pos || undefined).trimEnd();
  if (lead.endsWith('|')) {
    const fields = names.fields().map((label) => ({ label, type: 'property' }));
    return { from, options: [...stages, ...fields], validFor: /^\w*$/ };
  }
  if (/["`]$/.test(lead) || lead.includes('|')) return null;
  return { from, options: [...functions], validFor: /^\w*$/ };
}

async function inSelector(
  context: CompletionContext,
  text: string,
  names: LogqlNames,
): Promise<CompletionResult | null> {
  const value = /(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)$/.exec(text);
  if (value !== null) {
    const values = await names.values(value[1] ?? '');
    const from = context.pos - (value[2] ?? '').length;
    return { from, options: values.map((label) => ({ label, type: 'text' })), validFor: /^[^"]*$/ };
  }
  const label = /(?:^|,)\s*(\w*)$/.exec(text);
  if (label === null) return null;
  const options = (await names.labels()).map((name) => ({
    label: name,
    type: 'property',
    apply: `${name}="`,
  }));
  return { from: context.pos - (label[1] ?? '').length, options, validFor: /^\w*$/ };
}
