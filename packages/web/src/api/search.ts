/** The one search over logs, traces and metrics: its answer comes as lines, so that what one side has found is there before the rest. */
import type { AnswerOf } from './answer-of.ts';
import { ApiError, request } from './client.ts';
import type { operations } from './schema.ts';

type Answer = AnswerOf<'search'>;

export type SearchRequest = operations['search']['requestBody']['content']['application/json'];
export type SearchItem = Answer['items'][number];
export type Signal = SearchItem['signal'];
export type SideSummary = Answer['sides'][number];

export type SearchLine =
  | { readonly kind: 'begin'; readonly sides: readonly Pick<SideSummary, 'source' | 'signal'>[] }
  | ({ readonly kind: 'side'; readonly items: readonly SearchItem[] } & SideSummary)
  | { readonly kind: 'summary' };

/** Cuts text that comes in pieces into its lines; empty ones are left out. */
export class LineSplitter {
  #rest = '';

  push(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }
}

/** Asks, and hands over each line as it comes. @throws ApiError, also when the answer ends too early; AbortError when `signal` fires */
export async function streamSearch(
  body: SearchRequest,
  signal: AbortSignal,
  onLine: (line: SearchLine) => void,
): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/x-ndjson' };
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal };
  const response = await request('/api/v1/search', init);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const splitter = new LineSplitter();
  let ended = false;
  try {
    for (;;) {
      const read = await reader?.read();
      if (read === undefined || read.done) break;
      for (const text of splitter.push(read.value)) {
        const line: SearchLine = JSON.parse(text);
        ended = line.kind === 'summary';
        onLine(line);
      }
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
  }
  signal.throwIfAborted();
  if (!ended) throw new ApiError(0, 'network', 'The answer broke off. Is Sightline still running?');
}
