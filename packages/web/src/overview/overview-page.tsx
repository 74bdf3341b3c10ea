import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, useMemo, useRef } from 'react';
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
import { Received } from './received.tsx';
import { Refused } from './refused.tsx';
import { Targets } from './targets.tsx';
import { OverviewTimeContext } from './use-overview-time.ts';
import { useIntake, useSystem } from './use-status.ts';

// The snippets are below the first screen on most displays.
const SendData = lazy(() =>
  import('./send-data.tsx').then((module) => ({ default: module.SendData })),
);

const Retention = lazy(() =>
  import('./retention.tsx').then((module) => ({ default: module.Retention })),
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
  const { data: intake, error } = useIntake();
  const unknown = error !== null && intake === undefined;
  return (
    <OverviewTimeContext value={time}>
      <h1 className="sr-only">Overview</h1>
      <HealthStrip />
      <div className="flex flex-col gap-5">
        <Section
          title="This machine"
          aside={
            <Segmented
              label="Time shown"
              name="overview-range"
              options={overviewRanges.map((value) => ({ value, label: value }))}
              value={range}
              onChange={(value) => navigate({ search: { range: value }, replace: true })}
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
          <div className="flex min-w-0 flex-col gap-5">
            <Section title="Received" aside="since the start">
              {unknown ? <NoAnswer /> : <Received intake={intake} />}
            </Section>
            <Section title="Refused" aside="since the start">
              {unknown ? <NoAnswer /> : <Refused intake={intake} />}
            </Section>
            <Section title="Scrape targets">
              <Targets />
            </Section>
            <Section title="Retention">
              <WhenNear minHeight={220}>
                <Retention />
              </WhenNear>
            </Section>
          </div>
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

function NoAnswer() {
  return <p className="py-1.5 text-bad">No answer from the server.</p>;
}
