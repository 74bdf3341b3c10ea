/**
 * One search over everything.
 *
 * Model: all sides are asked, a few at a time, each with its own deadline; what one has found is handed over as soon as it is there. The
 * whole is the items of all sides merged by time. When they are more than the limit, every signal keeps its newest up to an equal share
 * of it, and what others leave free goes to the newest of the rest: a thousand lines do not hide the one trace.
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
  /** The side has more than these. */
  more: boolean;
  /** '' when all went well. */
  error: string;
  /** Why the side was not asked; '' when it was. */
  skipped: string;
}

export interface SideSummary extends Omit<SideResult, 'items'> {
  /** Items that the side has found, of which the whole may hold fewer. */
  count: number;
}

export interface SearchResult {
  items: SearchItem[];
  sides: SideSummary[];
  warnings: string[];
}

const CONCURRENCY = 4;

const NOT_ASKED: Readonly<Record<Signal, string>> = {
  logs: 'not asked',
  traces: 'traces know no level but error',
  metrics: 'metrics have no levels and no ids of traces and spans',
};

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
): Promise<SideResult> {
  const { source, signal: kind } = side;
  const began = performance.now();
  const deadline = AbortSignal.timeout(sideTimeoutMs);
  const done = (ended: Partial<SideResult>): SideResult => {
    const took_ms = Math.round(performance.now() - began);
    const nothing = { items: [], more: false, error: '', skipped: '' };
    return { source, signal: kind, took_ms, ...nothing, ...ended };
  };
  try {
    const found = await side.search(plan, AbortSignal.any([signal, deadline]));
    if (found === null) return done({ skipped: NOT_ASKED[kind] });
    return done({
      items: found.items.toSorted(compareItems).slice(0, plan.limit),
      more: found.isCut || found.items.length > plan.limit,
    });
  } catch (error) {
    if (deadline.aborted) return done({ error: `no answer within ${sideTimeoutMs} ms` });
    return done({ error: reasonOf(error) });
  }
}

/** `fetch` hides why behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function merged(results: readonly SideResult[], limit: number): SearchResult {
  const sides = results.map(({ items, ...rest }) => ({ ...rest, count: items.length }));
  const warnings = sides
    .filter(({ error }) => error !== '')
    .map(({ source, signal, error }) => `${source} (${signal}): ${error}`);
  const all = results.flatMap(({ items }) => items).sort(compareItems);
  return { items: fairCut(all, limit), sides, warnings };
}

/** The first `limit` of sorted items, with an equal share of the places kept for each signal that has some. */
function fairCut(items: readonly SearchItem[], limit: number): SearchItem[] {
  if (items.length <= limit) return [...items];
  const signals = new Set(items.map(({ signal }) => signal));
  const share = Math.floor(limit / signals.size);
  const taken = new Map<Signal, number>();
  const isShared = items.map(({ signal }) => {
    const count = (taken.get(signal) ?? 0) + 1;
    taken.set(signal, count);
    return count <= share;
  });
  let free = limit - isShared.filter(Boolean).length;
  return items.filter((_, index) => isShared[index] === true || free-- > 0);
}
