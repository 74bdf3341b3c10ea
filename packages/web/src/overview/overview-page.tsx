import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useRef } from 'react';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Section } from '../ui/section.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { WhenNear } from '../ui/when-near.tsx';
import { DiskSpace } from './disk-space.tsx';
import { HealthStrip } from './health-strip.tsx';
import { overviewRange, overviewRanges, overviewTime } from './overview-range.ts';
import { PanelView } from './panel-view.tsx';
import { machinePanels, processPanels } from './panels.ts';
import { Signals } from './signals.tsx';
import { OverviewTimeContext } from './use-overview-time.ts';
import { useIntake, useSystem } from './use-status.ts';

// The snippets are below the first screen on most displays.
const SendData = lazy(() =>
  import('./send-data.tsx').then((module) => ({ default: module.SendData })),
);

const IntakeColumn = lazy(() =>
  import('./intake-column.tsx').then((module) => ({ default: module.IntakeColumn })),
);

const refreshMs = 5_000;
const sheet =
  'grid gap-px border border-line bg-line md:grid-cols-2 lg:grid-cols-3 3xl:grid-cols-6';

/** How long the process had been running when the page first heard of it; the page's range must not jump later. */
function useFirstUptime(): number | undefined {
  const { data, error } = useSystem();
  const first = useRef<number>(undefined);
  if (first.current === undefined) {
    first.current = error === null ? data?.uptime_s : Number.POSITIVE_INFINITY;
  }
  return first.current;
}

/** This machine, this process, what comes in, and how to send more. */
export function OverviewPage() {
  usePageTitle('Overview');
  const search = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const uptimeS = useFirstUptime();
  const known = uptimeS !== undefined || search.range !== undefined;
  const range = overviewRange(search.range, uptimeS ?? 0);
  const [nowMs] = useClock(refreshMs);
  const time = useMemo(() => overviewTime(range, nowMs, known), [range, nowMs, known]);
  const { data: intake } = useIntake();
  return (
    <OverviewTimeContext value={time}>
      <h1 className="sr-only">Overview</h1>
      <HealthStrip />
      <Signals intake={intake} />
      <div className="mt-2 flex flex-col gap-5">
        <Section
          title="This machine"
          aside={
            <Segmented
              label="Time shown"
              name="overview-range"
              options={overviewRanges.map((value) => ({ value, label: value }))}
              value={range}
              onChange={(value) =>
                navigate({ search: { ...search, range: value }, replace: true, resetScroll: false })
              }
            />
          }
        >
          <div className={sheet}>
            {machinePanels.map((panel) => (
              <PanelView key={panel.id} panel={panel} />
            ))}
            <DiskSpace />
          </div>
        </Section>
        <Section title="Sightline itself">
          <div className={sheet}>
            {processPanels.map((panel) => (
              <PanelView key={panel.id} panel={panel} />
            ))}
          </div>
        </Section>
        <div className="grid gap-x-8 gap-y-5 xl:grid-cols-2">
          <Suspense fallback={<div className="h-160" />}>
            <IntakeColumn />
          </Suspense>
          <Section title="Send data" id="send-data">
            <WhenNear minHeight={420}>
              <SendData intake={intake} />
            </WhenNear>
          </Section>
        </div>
      </div>
    </OverviewTimeContext>
  );
}
