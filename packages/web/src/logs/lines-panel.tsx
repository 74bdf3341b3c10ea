import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import type { LogLine } from '../api/loki.ts';
import { formatLocal, type Interval } from '../time/range.ts';
import { FieldList } from './field-list.tsx';
import type { LineActions } from './line-actions.ts';
import { LineList } from './line-list.tsx';
import type { LinePager } from './line-pager.ts';
import { lineKey } from './line-text.ts';
import { ListEnd } from './list-end.tsx';
import type { LogsState } from './state.ts';

interface LinesPanelProps {
  readonly state: LogsState;
  readonly lines: readonly LogLine[];
  /** Undefined while the tail is live. */
  readonly pager: LinePager | undefined;
  readonly interval: Interval;
  readonly narrow: boolean;
  readonly fieldsOpen: boolean;
  readonly cursor: number;
  readonly topKey: number;
  readonly actions: LineActions;
  /** Another question has been asked, these are the lines of the last one. */
  readonly stale: boolean;
  /** In place of the list when there is nothing in it. */
  readonly empty: ReactNode;
  readonly onCursor: (index: number) => void;
  readonly onToggle: (index: number) => void;
  readonly onTop: (atTop: boolean) => void;
}

/** A line that a link names is looked for in so many lines. */
const searchedLines = 20_000;

/** The fields at the side and the list of lines. */
export function LinesPanel(props: LinesPanelProps) {
  const { state, lines, pager, interval, actions } = props;
  useLinkedLine(props);
  const withDate =
    formatLocal(interval.fromMs).slice(0, 10) !== formatLocal(interval.toMs).slice(0, 10);
  const showFields = props.fieldsOpen && pager !== undefined && lines.length > 0;
  return (
    <div className="flex min-h-0 flex-1 gap-3 max-sm:flex-col">
      {showFields ? (
        <aside
          aria-label="Fields"
          className="flex w-56 shrink-0 flex-col max-sm:h-56 max-sm:w-full xl:w-64"
        >
          <FieldList
            stats={pager.stats}
            query={state.query}
            interval={interval}
            actions={actions}
          />
        </aside>
      ) : null}
      <div className={`flex min-h-0 min-w-0 flex-1 flex-col ${props.stale ? 'opacity-60' : ''}`}>
        {lines.length === 0 && props.empty !== null ? (
          props.empty
        ) : (
          <LineList
            lines={lines}
            columns={state.columns}
            wrap={state.wrap}
            narrow={props.narrow}
            withDate={withDate}
            openKey={state.line}
            cursor={props.cursor}
            topKey={props.topKey}
            actions={actions}
            end={pager === undefined ? null : <ListEnd pager={pager} />}
            onToggle={props.onToggle}
            onNearEnd={() => {
              if (pager?.state === 'more') pager.more();
            }}
            onTop={props.onTop}
          />
        )}
      </div>
    </div>
  );
}

/** Goes to the line that the link named when the page was opened, once it is loaded. */
function useLinkedLine({ state, lines, pager, onCursor }: LinesPanelProps): void {
  const linked = useRef(state.line);
  const count = lines.length;
  const goTo = useEffectEvent(onCursor);
  // Dependencies on purpose: looked for again when more lines have come.
  useEffect(() => {
    const key = linked.current;
    if (key === '' || count === 0 || pager === undefined) return;
    const index = lines.findIndex((one) => key.startsWith(one.ns) && lineKey(one) === key);
    if (index < 0 && pager.state === 'more' && count < searchedLines) {
      pager.more();
      return;
    }
    linked.current = '';
    if (index >= 0) goTo(index);
  }, [count, pager]);
}
