/**
 * Lines of a log query as Loki writes them: `{"stream":{...},"values":[["<ns>","<line>"],...]}`.
 *
 * Model: plain, a stream is everything that its lines have for labels: the stream's own, structured metadata and what was parsed.
 * Categorised, a stream is its own labels only, and each entry brings the rest: `["<ns>","<line>",{"structuredMetadata":{...},
 * "parsed":{...}}]`, where parts without labels are left out.
 *
 * Invariant: entries of a stream are in the order of the direction; streams are in the order of their labels.
 */
import type { Direction, LogStream } from '@sightline/query';
import { nanosText } from './time-text.ts';

/** Where pieces of JSON text go, in order. */
export type Write = (json: string) => void;

/** Writes the streams as the elements of an array, without its brackets. */
export function writeStreams(
  streams: readonly LogStream[],
  direction: Direction,
  categorize: boolean,
  write: Write,
): void {
  if (categorize) writeCategorized(streams, direction, write);
  else writePlain(streams, write);
}

function writePlain(streams: readonly LogStream[], write: Write): void {
  streams.forEach(({ stream, structuredMetadata, parsed, tHi, tLo, lines }, s) => {
    const labels = [...stream, ...structuredMetadata, ...parsed];
    let json = `${s > 0 ? ',' : ''}{"stream":${pairsJson(sortedPairs(labels))},"values":[`;
    for (let i = 0; i < lines.length; i++) {
      json += `${i > 0 ? ',' : ''}${entryHead(tHi[i] ?? 0, tLo[i] ?? 0, lines[i] ?? '')}]`;
      if (json.length > PIECE_LENGTH) {
        write(json);
        json = '';
      }
    }
    write(`${json}]}`);
  });
}

/** Longer texts are handed on before they grow further. */
const PIECE_LENGTH = 65_536;

interface Entry {
  hi: number;
  lo: number;
  line: string;
  /** JSON of what the entry has besides. */
  rest: string;
}

function writeCategorized(streams: readonly LogStream[], direction: Direction, write: Write): void {
  const byStream = new Map<string, Entry[]>();
  for (const { stream, structuredMetadata, parsed, tHi, tLo, lines } of streams) {
    const key = pairsJson(stream);
    const entries = byStream.get(key) ?? [];
    byStream.set(key, entries);
    const rest = restJson(structuredMetadata, parsed);
    for (let i = 0; i < lines.length; i++) {
      entries.push({ hi: tHi[i] ?? 0, lo: tLo[i] ?? 0, line: lines[i] ?? '', rest });
    }
  }
  const sign = direction === 'forward' ? 1 : -1;
  let first = true;
  for (const [key, entries] of byStream) {
    entries.sort((a, b) => sign * (a.hi - b.hi || a.lo - b.lo));
    let json = `${first ? '' : ','}{"stream":${key},"values":[`;
    first = false;
    entries.forEach(({ hi, lo, line, rest }, i) => {
      json += `${i > 0 ? ',' : ''}${entryHead(hi, lo, line)},${rest}]`;
      if (json.length > PIECE_LENGTH) {
        write(json);
        json = '';
      }
    });
    write(`${json}]}`);
  }
}

function entryHead(hi: number, lo: number, line: string): string {
  return `["${nanosText(hi, lo)}",${JSON.stringify(line)}`;
}

function restJson(structuredMetadata: readonly string[], parsed: readonly string[]): string {
  const parts: string[] = [];
  if (structuredMetadata.length > 0) {
    parts.push(`"structuredMetadata":${pairsJson(structuredMetadata)}`);
  }
  if (parsed.length > 0) parts.push(`"parsed":${pairsJson(parsed)}`);
  return `{${parts.join(',')}}`;
}

/** Names and values in turn as a JSON object. */
function pairsJson(pairs: readonly string[]): string {
  const members: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    members.push(`${JSON.stringify(pairs[i])}:${JSON.stringify(pairs[i + 1])}`);
  }
  return `{${members.join(',')}}`;
}

function sortedPairs(pairs: readonly string[]): string[] {
  const names: [string, string][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) names.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  names.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return names.flat();
}
