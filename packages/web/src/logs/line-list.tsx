import { type ReactNode, type RefObject, useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { LogLine } from '../api/loki.ts';
import { ColumnHeads } from './column-heads.tsx';
import { columnWidths } from './column-widths.ts';
import type { LineActions } from './line-actions.ts';
import { LineDetails } from './line-details.tsx';
import { LineRow, narrowRowHeight, rowHeight } from './line-row.tsx';
import { lineKey } from './line-text.ts';
import { useTallList } from './use-tall-list.ts';

interface LineListProps {
  readonly lines: readonly LogLine[];
  readonly columns: readonly string[];
  readonly wrap: boolean;
  readonly narrow: boolean;
  readonly withDate: boolean;
  /** Key of the line that is open. */
  readonly openKey: string;
  readonly actions: LineActions;
  /** Below the last line: that more is coming, or why not. */
  readonly end: ReactNode;
  /** The row that the keyboard is at; -1 for none. */
  readonly cursor: number;
  /** Opens or closes a row. */
  readonly onToggle: (index: number) => void;
  /** The reader is near the end. */
  readonly onNearEnd: () => void;
  /** Another number brings the list back to its top. */
  readonly topKey: number;
  /** The reader has left the top, or is back. */
  readonly onTop?: (atTop: boolean) => void;
}

/** So many rows before the end the next page is asked for. */
const nearEnd = 300;

/** The lines, of which only those in view are in the document. */
export function LineList(props: LineListProps) {
  const { lines, columns, wrap, narrow, openKey, cursor, actions } = props;
  const box = useRef<HTMLDivElement>(null);
  const height = narrow ? narrowRowHeight : rowHeight;
  const list = useTallList(box, lines.length, height);
  const { virtualizer } = list;
  const items = virtualizer.getVirtualItems();
  const isNear = (items.at(-1)?.index ?? 0) + nearEnd >= lines.length;
  const onNearEnd = useEffectEvent(() => props.onNearEnd());
  // Dependencies on purpose: a page that did not fill the view is a reason to ask again.
  useEffect(() => {
    if (isNear) onNearEnd();
  }, [isNear, lines.length]);
  // Dependencies on purpose: measured heights belong to the way that rows are drawn.
  useEffect(() => virtualizer.measure(), [wrap, narrow, columns.length]);
  // Dependencies on purpose: the list moves when the cursor does, and only if its row is out of view.
  useEffect(() => {
    if (cursor >= 0) list.scrollToRow(cursor);
  }, [cursor]);
  // Dependencies on purpose: the number is the request.
  useEffect(() => virtualizer.scrollToOffset(0), [props.topKey, virtualizer]);
  useRowEvents(box, height, props);
  const widths = useMemo(() => columnWidths(lines, columns), [lines, lines.length > 0, columns]);
  return (
    <div
      ref={box}
      className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto border border-line bg-surface [overflow-anchor:none]"
      style={widths}
    >
      {narrow ? null : (
        <ColumnHeads
          columns={columns}
          withDate={props.withDate}
          onRemove={(name) => actions.onColumn(name)}
        />
      )}
      <ul aria-label="Lines" className="relative" style={{ height: list.height }}>
        {items.map((item) => {
          const line = lines[item.index];
          if (line === undefined) return null;
          const open = openKey.startsWith(line.ns) && lineKey(line) === openKey;
          return (
            <li
              key={item.key}
              ref={wrap || open ? virtualizer.measureElement : undefined}
              data-index={item.index}
              aria-setsize={lines.length}
              aria-posinset={item.index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start - list.shift}px)` }}
            >
              <LineRow
                line={line}
                columns={columns}
                wrap={wrap}
                narrow={narrow}
                current={item.index === cursor}
                open={open}
                withDate={props.withDate}
                pattern={actions.pattern}
              />
              {open ? <LineDetails line={line} actions={actions} /> : null}
            </li>
          );
        })}
      </ul>
      {props.end}
    </div>
  );
}

/** Clicks on rows and leaving the top, heard once for the whole list. */
function useRowEvents(box: RefObject<HTMLDivElement | null>, height: number, props: LineListProps) {
  const onClick = useEffectEvent((event: MouseEvent) => {
    const target = event.target;
    if (!(target instanceof Element) || target.closest('[data-row]') === null) return;
    // A drag that selects text is no click on the row.
    if (window.getSelection()?.isCollapsed === false) return;
    const index = target.closest('[data-index]')?.getAttribute('data-index');
    if (index !== null && index !== undefined) props.onToggle(Number(index));
  });
  const onScroll = useEffectEvent(() => props.onTop?.((box.current?.scrollTop ?? 0) < height));
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const click = (event: MouseEvent) => onClick(event);
    const scroll = () => onScroll();
    element.addEventListener('click', click);
    element.addEventListener('scroll', scroll, { passive: true });
    return () => {
      element.removeEventListener('click', click);
      element.removeEventListener('scroll', scroll);
    };
  }, [box]);
}
