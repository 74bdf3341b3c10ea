import { usePageKeys } from './use-run-keys.ts';
import type { TraceModel } from './use-trace.ts';

interface TraceKeys {
  readonly model: TraceModel;
  readonly rows: Int32Array;
  readonly closed: ReadonlySet<number>;
  readonly cursor: number;
  onCursor(row: number): void;
  onToggle(row: number): void;
  onSelect(row: number): void;
  onClose(): void;
  onFound(direction: 1 | -1): void;
  onError(direction: 1 | -1): void;
  /** 0 shows the whole trace. */
  onZoom(factor: number): void;
  onMove(share: number): void;
  /** Shows the time of a span. */
  onZoomTo(row: number): void;
  onView(): void;
}

/** Rows of a page in the waterfall. */
const pageRows = 20;

function moveKeys(
  { model, rows, closed, cursor, onCursor, onToggle }: TraceKeys,
  key: string,
): boolean {
  const { tree } = model;
  const place = rows.indexOf(cursor);
  const to = (next: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, next))];
    if (row !== undefined) onCursor(row);
    return true;
  };
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return to(place + 1);
    case 'ArrowUp':
    case 'k':
      return to(place - 1);
    case 'PageDown':
      return to(place + pageRows);
    case 'PageUp':
      return to(place - pageRows);
    case 'Home':
      return to(0);
    case 'End':
      return to(rows.length - 1);
    case 'ArrowRight':
      if (cursor >= 0 && closed.has(cursor)) onToggle(cursor);
      else if (cursor >= 0 && (tree.size[cursor] ?? 1) > 1) to(place + 1);
      return true;
    case 'ArrowLeft':
      if (cursor >= 0 && !closed.has(cursor) && (tree.size[cursor] ?? 1) > 1) onToggle(cursor);
      else if (cursor >= 0 && (tree.parent[cursor] ?? -1) >= 0) onCursor(tree.parent[cursor] ?? 0);
      return true;
    default:
      return false;
  }
}

function pageKeys(keys: TraceKeys, key: string): boolean {
  switch (key) {
    case 'Escape':
      keys.onClose();
      return true;
    case 'n':
      keys.onFound(1);
      return true;
    case 'N':
      keys.onFound(-1);
      return true;
    case 'e':
      keys.onError(1);
      return true;
    case 'E':
      keys.onError(-1);
      return true;
    case '+':
    case '=':
      keys.onZoom(0.5);
      return true;
    case '-':
      keys.onZoom(2);
      return true;
    case '0':
      keys.onZoom(0);
      return true;
    case '<':
      keys.onMove(-0.25);
      return true;
    case '>':
      keys.onMove(0.25);
      return true;
    case 'z':
      if (keys.cursor >= 0) keys.onZoomTo(keys.cursor);
      return true;
    case 'f':
      keys.onView();
      return true;
    case '/':
      document.querySelector<HTMLElement>('[data-find]')?.focus();
      return true;
    default:
      return false;
  }
}

/** The keys of a trace; single letters as on every page only while nobody types. */
export function useTraceKeys(keys: TraceKeys): void {
  usePageKeys((event) => {
    const onControl =
      event.target instanceof HTMLElement && event.target.closest('button, a, summary') !== null;
    if ((event.key === 'Enter' || event.key === ' ') && !onControl && keys.cursor >= 0) {
      event.preventDefault();
      keys.onSelect(keys.cursor);
      return;
    }
    // In the details the arrows scroll.
    const inPanel = event.target instanceof HTMLElement && event.target.closest('aside') !== null;
    if ((!inPanel && moveKeys(keys, event.key)) || pageKeys(keys, event.key))
      event.preventDefault();
  });
}
