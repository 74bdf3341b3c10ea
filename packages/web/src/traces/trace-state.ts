/** The state of a trace's page as its address holds it; what is damaged falls back to its default. */
import type { Search } from '../app/search.ts';

export type TraceView = 'waterfall' | 'flame';

/** Part of the trace, in microseconds from its start. */
export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface TraceState {
  readonly view: TraceView;
  /** Id of the span whose details are open, or empty. */
  readonly span: string;
  /** Text searched for in the spans. */
  readonly find: string;
  /** Undefined for the whole trace. */
  readonly window: TimeWindow | undefined;
  /** Ids of the spans whose children are hidden. */
  readonly closed: readonly string[];
  readonly critical: boolean;
  /** Rows outside the window are shown too. */
  readonly everyRow: boolean;
}

/** More than this many would make an address that no one can send on; the page then keeps the rest to itself. */
export const maxClosed = 40;
const spanId = /^[0-9a-f]{16}$/;

function windowOf(text: string | undefined): TimeWindow | undefined {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? '');
  const fromUs = Number(found?.[1]);
  const toUs = Number(found?.[2]);
  return found !== null && fromUs < toUs ? { fromUs, toUs } : undefined;
}

/** Reads the state from an address. */
export function stateFromSearch(search: Search): TraceState {
  return {
    view: search.view === 'flame' ? 'flame' : 'waterfall',
    span: spanId.test(search.span ?? '') ? (search.span ?? '') : '',
    find: search.find ?? '',
    window: windowOf(search.window),
    closed: (search.closed ?? '')
      .split(',')
      .filter((id) => spanId.test(id))
      .slice(0, maxClosed),
    critical: search.critical !== 'off',
    everyRow: search.rows === 'all',
  };
}

/** A microsecond has three decimals: spans are timed in nanoseconds. */
function decimal(us: number): string {
  return String(Number(us.toFixed(3)));
}

/** Writes the state as an address. */
export function searchFromState(state: TraceState): Search {
  const search: Search = {};
  if (state.view !== 'waterfall') search.view = state.view;
  if (state.span !== '') search.span = state.span;
  if (state.find !== '') search.find = state.find;
  if (state.window !== undefined)
    search.window = `${decimal(state.window.fromUs)}-${decimal(state.window.toUs)}`;
  if (state.closed.length > 0) search.closed = state.closed.slice(0, maxClosed).join(',');
  if (!state.critical) search.critical = 'off';
  if (state.everyRow) search.rows = 'all';
  return search;
}
