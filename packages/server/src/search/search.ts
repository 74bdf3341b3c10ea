/**
 * One search over everything.
 *
 * Model: all sides are asked, a few at a time, each with its own deadline; what one has found is handed over as soon as it is there. The
 * whole is the items of all sides merged by time, cut at the limit.
 *
 * Invariants: a side that fails or is late costs its own items only and is named in a warning; when the client leaves, everything stops.
 */
import { compareItems, type SearchItem } from './items.ts';
import type { SearchPlan, Signal } from './plan.ts';
import type { Side } from './sides.ts';

/** What one side has come to. */
export interface SideResult {
  source: string;
  signal: Signal;
  items: SearchItem[];
  took_ms: number;
  /** '' when all went well. */
  error: string;
}

export interface SearchResult {
  items: SearchItem[];
  sides: Omit<SideResult, 'items'>[];
  warnings: string[];
}

const CONCURRENCY = 4;

export interface SearchOptions {
  /** Each side has so long. */
  sideTimeoutMs: number;
  /** Aborted when the client has left. */
  signal: AbortSignal;
  /** Told of every side as soon as it is done. */
  onSide?: (result: SideResult) => void;
}

export async function search(
  sides: readonly Side[],
  plan: SearchPlan,
  options: SearchOptions,
): Promise<SearchResult> {
  const results: SideResult[] = [];
  const waiting = [...sides];
  const work = async (): Promise<void> => {
    for (let side = waiting.shift(); side !== undefined; side = waiting.shift()) {
      const result = await askSide(side, plan, options);
      if (result === null) continue;
      results.push(result);
      options.onSide?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, sides.length) }, work));
  return merged(results, plan.limit);
}

async function askSide(
  side: Side,
  plan: SearchPlan,
  { sideTimeoutMs, signal }: SearchOptions,
): Promise<SideResult | null> {
  const { source, signal: kind } = side;
  const began = performance.now();
  const deadline = AbortSignal.timeout(sideTimeoutMs);
  const done = (items: SearchItem[], error: string): SideResult => {
    const tookMs = Math.round(performance.now() - began);
    return { source, signal: kind, items, took_ms: tookMs, error };
  };
  try {
    const items = await side.search(plan, AbortSignal.any([signal, deadline]));
    return items === null ? null : done(items, '');
  } catch (error) {
    if (deadline.aborted) return done([], `no answer within ${sideTimeoutMs} ms`);
    return done([], reasonOf(error));
  }
}

/** `fetch` hides why behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function merged(results: readonly SideResult[], limit: number): SearchResult {
  const items = results.flatMap((result) => result.items).sort(compareItems);
  const sides = results.map(({ items: _, ...rest }) => rest);
  const warnings = sides
    .filter(({ error }) => error !== '')
    .map(({ source, signal, error }) => `${source} (${signal}): ${error}`);
  return { items: items.slice(0, limit), sides, warnings };
}
