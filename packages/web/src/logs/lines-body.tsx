import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { downloadLines } from './download-lines.ts';
import { EmptyLines } from './empty-lines.tsx';
import { HistogramStrip } from './histogram-strip.tsx';
import type { LinePager } from './line-pager.ts';
import { linesText } from './line-text.ts';
import { LinesPanel } from './lines-panel.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { LiveBar } from './live-bar.tsx';
import { PatternsView } from './patterns-view.tsx';
import { withLineFilter } from './query-edit.ts';
import { printQuery } from './query-text.ts';
import { everything } from './state.ts';
import type { LogsPageControl } from './use-logs-page.ts';

interface LinesBodyProps {
  readonly page: LogsPageControl;
  readonly narrow: boolean;
}

/** What a query for lines brings: bars or the state of the tail, and lines or patterns. */
export function LinesBody({ page, narrow }: LinesBodyProps) {
  const { state, interval, parts, isLive, change } = page;
  const fieldsOpen = state.fields ?? !narrow;
  const [total, setTotal] = useState<number>();
  const { buffer } = page.tail;
  return (
    <>
      <div className="py-1">
        {isLive ? (
          <LiveBar buffer={buffer} state={page.tail.state} onPause={page.pause} />
        ) : (
          <HistogramStrip
            query={state.query}
            interval={interval}
            enabled={
              parts !== undefined && page.valid !== undefined && page.queryError === undefined
            }
            runMs={page.nowMs}
            levels={page.levels}
            onTotal={setTotal}
            onRange={(range) => change({ range })}
            onLevel={page.chooseLevel}
          />
        )}
      </div>
      <ListToolbar
        state={state}
        isLive={isLive}
        summary={isLive ? '' : summaryOf(total, page.pager)}
        fieldsOpen={fieldsOpen}
        onFields={() => page.update({ fields: !fieldsOpen }, true)}
        onState={(one) => change(one, true)}
        onDownload={() => downloadLines(page.lines)}
      />
      {state.view === 'patterns' && parts !== undefined && !isLive ? (
        <PatternsView
          query={parts}
          interval={interval}
          onPattern={(op, pattern) => page.setQuery(withLineFilter(parts, op, pattern))}
          onLines={(pattern) => {
            const has = parts.stages.some((one) => one.kind === 'line' && one.value === pattern);
            const query = has ? parts : withLineFilter(parts, '|>', pattern);
            change({ query: printQuery(query), view: 'lines' });
          }}
        />
      ) : (
        <LinesPanel
          state={state}
          lines={page.lines}
          pager={page.pager}
          interval={interval}
          narrow={narrow}
          fieldsOpen={fieldsOpen}
          cursor={page.cursor}
          topKey={page.topKey}
          actions={page.actions}
          stale={page.asking}
          empty={emptyOf(page)}
          onCursor={page.setCursor}
          onToggle={page.toggle}
          onTop={(atTop) => {
            // Who reads further down does not want the list to run away.
            if (isLive && !atTop && !buffer.paused) buffer.pause(true);
          }}
        />
      )}
    </>
  );
}

/** The bars may begin a little before the time: what the list holds whole is the exact number. */
function summaryOf(total: number | undefined, pager: LinePager | undefined): string {
  if (pager?.state === 'done') return linesText(pager.lines.length);
  return total === undefined ? '' : `about ${linesText(total)}`;
}

/** In place of an empty list. */
function emptyOf(page: LogsPageControl): ReactNode {
  const { state, pager, failure, change } = page;
  if (page.queryError !== undefined)
    return <p className="text-ink-3">The query failed; its message stands below the editor.</p>;
  if (failure !== undefined) {
    return (
      <Notice
        tone="bad"
        title="The lines could not be read"
        action={<Button onClick={page.run}>Try again</Button>}
      >
        {failure.message}
      </Notice>
    );
  }
  if (page.isLive) {
    return (
      <p className="p-3 text-ink-3">
        No line of the last minutes fits the query. New ones are shown as they arrive.
      </p>
    );
  }
  if (page.asking || pager === undefined)
    return <div className="skeleton h-40" role="status" aria-label="Reading lines" />;
  return (
    <EmptyLines
      state={state}
      onRange={(range) => change({ range })}
      onClear={() => change({ query: everything })}
      onAgain={page.run}
    />
  );
}
