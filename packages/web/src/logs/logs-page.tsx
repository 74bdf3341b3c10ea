import '../styles/lazy.css';
import { lazy, Suspense } from 'react';
import { usePageTitle } from '../app/use-page-title.ts';
import { RangeControls } from '../explore/range-controls.tsx';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { AroundDialog } from './around-dialog.tsx';
import { LinesBody } from './lines-body.tsx';
import { QueryBar } from './query-bar.tsx';
import { type LogsPageControl, useLogsPage } from './use-logs-page.ts';
import { useNarrow } from './use-narrow.ts';

// Graphs are a download of their own: few queries of this page ask for numbers.
const MetricView = lazy(() =>
  import('./metric-view.tsx').then((module) => ({ default: module.MetricView })),
);

/** Search through everything that was logged, or watch it come in. */
export function LogsPage() {
  usePageTitle('Logs');
  const page = useLogsPage();
  const narrow = useNarrow();
  const { state, change, update, problem } = page;
  return (
    <div data-page="logs">
      <div className="-mb-10 flex h-[calc(100dvh-4rem)] min-h-[40rem] flex-col max-sm:min-h-[52rem]">
        <h1 className="sr-only">Logs</h1>
        <PageToolbar page={page} />
        <QueryBar
          state={state}
          parts={page.parts}
          interval={page.interval}
          error={page.queryError}
          draft={page.draft}
          fieldNames={() => page.pager?.stats.fields().map(({ name }) => name) ?? []}
          onDraft={page.setDraft}
          onMode={page.setMode}
          onQuery={page.setQuery}
          onRun={page.run}
        />
        {problem !== undefined ? (
          <div className="pt-2">
            <Notice tone="bad" title="This range cannot be read">
              {problem}
            </Notice>
          </div>
        ) : page.isMetric ? (
          <Suspense>
            <MetricView
              result={page.metric}
              only={state.only}
              onOnly={(only) => update({ only }, true)}
              onRange={(range) => change({ range })}
            />
          </Suspense>
        ) : (
          <LinesBody page={page} narrow={narrow} />
        )}
        {state.around === '' ? null : (
          <AroundDialog
            around={state.around}
            narrow={narrow}
            onClose={() => update({ around: '' }, true)}
          />
        )}
      </div>
    </div>
  );
}

function PageToolbar({ page }: { readonly page: LogsPageControl }) {
  const { isLive, isMetric } = page;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
      <RangeControls
        range={page.state.range}
        interval={page.valid}
        live={isLive}
        onRange={(range) => page.change({ range, live: false })}
      />
      <div className="ml-auto flex items-center gap-1.5">
        <CopyLink />
        {isMetric ? null : (
          <Button
            aria-pressed={isLive}
            title={isLive ? 'Back to the time range (f)' : 'Watch lines as they arrive (f)'}
            onClick={page.live}
            className="aria-pressed:border-accent aria-pressed:bg-accent-soft"
          >
            <Icon name={isLive ? 'close' : 'play'} />
            Live
          </Button>
        )}
        <Button
          look="primary"
          onClick={page.run}
          title="Run the query (Ctrl+Enter)"
          className="w-20 justify-center"
        >
          {page.asking ? 'Running' : 'Run'}
        </Button>
      </div>
    </div>
  );
}
