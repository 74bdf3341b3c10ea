/**
 * Finding spans by what the columns hold, and by what only the server knows: `key=value` asks for an attribute. All words must hold: part of the service's or the span's name or the beginning of an id, a
 * duration with a sign before it (`>250ms`, `<1s`), `error`, or a kind (`kind:server`). Names are looked at once each, not once a span.
 */
import { tagConditions } from './search-form.ts';
import { ERROR_STATUS, kindName, type Trace } from './trace.ts';

type Test = (row: number) => boolean;

const unitUs: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1000,
  s: 1e6,
  m: 60e6,
};

function testOf(word: string, trace: Trace): Test {
  const duration = /^([<>])=?(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m)$/.exec(word);
  if (duration) {
    const us = Number(duration[2]) * (unitUs[duration[3] ?? ''] ?? 1);
    return duration[1] === '>'
      ? (row) => (trace.spanUs[row] ?? 0) >= us
      : (row) => (trace.spanUs[row] ?? 0) <= us;
  }
  if (word.startsWith('kind:')) {
    const wanted = word.slice(5);
    return (row) => kindName(trace.kind[row] ?? 0).startsWith(wanted);
  }
  const holds = (text: string) => text.toLowerCase().includes(word);
  const services = trace.services.map(holds);
  const names = trace.names.map(holds);
  const isId = /^[0-9a-f]{4,16}$/.test(word);
  const isError = word === 'error' || word === 'errors';
  return (row) =>
    services[trace.service[row] ?? 0] === true ||
    names[trace.name[row] ?? 0] === true ||
    (isError && trace.status[row] === ERROR_STATUS) ||
    (isId && trace.ids[row]?.startsWith(word) === true);
}

/** The rows of `order` that have every word of `text`, in that order; undefined when nothing is asked. */
export function findSpans(trace: Trace, order: Int32Array, text: string): Int32Array | undefined {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const tests = words.map((word) => testOf(word, trace));
  return order.filter((row) => tests.every((test) => test(row)));
}

export interface FindText {
  /** What the columns answer. */
  readonly words: string;
  /** What the server answers, as conditions of TraceQL. */
  readonly conditions: readonly string[];
}

/** Parts the text of a search between columns and server. A condition that is still being typed is neither. */
export function splitFind(text: string): FindText {
  const words: string[] = [];
  const conditions: string[] = [];
  for (const [token] of text.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g)) {
    const found = tagConditions(token);
    if (found.length > 0) conditions.push(...found);
    else if (!/^[^<>=!~]+(=~|!~|!=|>=|<=|=|>|<)/.test(token)) words.push(token);
  }
  return { words: words.join(' '), conditions };
}
