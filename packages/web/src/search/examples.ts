/** Searches that find something, made of what was found just now. */
import type { SearchItem } from '../api/search.ts';
import { printFilter } from './search-text.ts';

export interface Example {
  readonly text: string;
  readonly what: string;
}

/** At most one of each kind. */
export function examplesOf(items: readonly SearchItem[]): readonly Example[] {
  const own = items.filter(({ source }) => source === 'local');
  const lines = own.filter(({ signal }) => signal === 'logs');
  const traces = own.filter(({ signal }) => signal === 'traces');
  const metric = own.find(({ signal }) => signal === 'metrics');
  const service = [...lines, ...traces].find((one) => one.service !== '')?.service;
  const level = gravest(lines);
  const word = lines.map(({ text }) => wordIn(text)).find((one) => one !== undefined);
  const candidates: (readonly [text: string | undefined, what: string])[] = [
    [word, 'a word, wherever it stands'],
    [service && printFilter('service', service), 'everything of a service'],
    [level && printFilter('level', level), 'what is of a level'],
    [traces[0]?.trace_id, 'a trace, and the lines that belong to it'],
    [metric?.text.split('_').slice(0, 2).join('_'), 'metrics by a part of their name'],
  ];
  return candidates.flatMap(([text, what]) =>
    text === undefined || text === '' ? [] : [{ text, what }],
  );
}

function gravest(lines: readonly SearchItem[]): string | undefined {
  const levels = new Set(lines.map(({ labels }) => labels.detected_level));
  return ['fatal', 'error', 'warn', 'info'].find((level) => levels.has(level));
}

function wordIn(text: string): string | undefined {
  return /(?<![\w.])[A-Za-z]{5,20}(?![\w.:])/.exec(text.slice(0, 500))?.[0];
}
