/** Attributes of resources: one label of the streams of spans as a column. */
import type { Labels, SpanColumn } from '@sightline/store';
import type { Column } from './source.ts';
import { NIL, type Value } from './value.ts';

/** The distinct values of one label of streams, and per stream the number of its value; null where that is the stream's own. */
interface LabelValues {
  numbers: Uint32Array | null;
  values: readonly Value[];
}

/** By the streams of a set, which many sets may share. */
const knownLabels = new WeakMap<readonly Labels[], Map<string, LabelValues>>();

function labelValues(streams: readonly Labels[], name: string): LabelValues {
  let known = knownLabels.get(streams);
  if (known === undefined) {
    known = new Map();
    knownLabels.set(streams, known);
  }
  let found = known.get(name);
  if (found === undefined) {
    const texts = streams.map((labels) => labels.get(name));
    const toValue = (text: string): Value => (text === '' ? NIL : { type: 'string', value: text });
    const numbers = new Map([...new Set(texts)].map((text, number) => [text, number]));
    found = {
      numbers:
        numbers.size === texts.length
          ? null
          : Uint32Array.from(texts, (text) => numbers.get(text) ?? 0),
      values: Array.from(numbers.keys(), toValue),
    };
    known.set(name, found);
  }
  return found;
}

/** The values of a label by row; null when no stream has it. */
export function labelColumn(
  { codes: streams, values: labels }: SpanColumn<Labels>,
  name: string,
): Column | null {
  const { numbers, values } = labelValues(labels, name);
  if (values.length === 1 && values[0] === NIL) return null;
  if (numbers === null) return { codes: streams, values };
  const codes = new Uint32Array(streams.length);
  for (let row = 0; row < codes.length; row++) codes[row] = numbers[streams[row]];
  return { codes, values };
}
