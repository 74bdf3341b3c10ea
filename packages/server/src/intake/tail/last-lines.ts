/** The lines from before a tail, out of an answer of `query_range`: what a tail begins with. Runs in the tail thread. */

export interface LastLines {
  /** JSON of streams, without the brackets of their array; the oldest entry of each first. */
  streams: string;
  /** `<ns> <line>` of each. */
  seen: Set<string>;
}

/** From the bytes of an answer in streams, the newest entries first. */
export function readLastLines(answer: Uint8Array): LastLines {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(answer));
  const seen = new Set<string>();
  const texts: string[] = [];
  for (const stream of listOf(memberOf(memberOf(parsed, 'data'), 'result'))) {
    const values = listOf(memberOf(stream, 'values')).toReversed();
    for (const value of values) {
      const [ns, line] = listOf(value);
      seen.add(`${String(ns)} ${String(line)}`);
    }
    texts.push(JSON.stringify({ stream: memberOf(stream, 'stream'), values }));
  }
  return { streams: texts.join(','), seen };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
