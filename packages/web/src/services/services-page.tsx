import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useClock } from '../app/use-clock.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { RangeControls } from '../explore/range-controls.tsx';
import '../styles/lazy.css';
import { type Interval, resolveRange } from '../time/range.ts';
import { SendTraces } from '../traces/send-traces.tsx';
import { ServiceTag } from '../traces/service-tag.tsx';
import { Button } from '../ui/button.tsx';
import { CopyLink } from '../ui/copy-link.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { RedTable } from './red-table.tsx';
import { ServiceMap } from './service-map.tsx';
import { ServiceView } from './service-view.tsx';
import { type ServicesState, searchFromState, stateFromSearch } from './services-state.ts';
import { useEdges, useRateLines, useServices } from './use-red.ts';

const views = [
  { value: 'table', label: 'Table' },
  { value: 'map', label: 'Map' },
] as const;

/** Every service: how often it is called, how often it fails, how long it takes, and who calls whom. */
export function ServicesPage() {
  const search = useSearch({ from: '/services' });
  const navigate = useNavigate({ from: '/services' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  usePageTitle(state.service === '' ? 'Services' : state.service);
  const [nowMs, tick] = useClock(0);
  const resolved = useMemo(() => resolveRange(state.range, nowMs), [state.range, nowMs]);
  const interval = 'problem' in resolved ? undefined : resolved;
  const update = (change: Partial<ServicesState>, replace = false) =>
    navigate({ search: searchFromState({ ...state, ...change }), replace });
  return (
    <div data-page="services">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2">
        <RangeControls
          range={state.range}
          interval={interval}
          onRange={(range) => update({ range })}
        />
        {state.service === '' ? (
          <Segmented
            label="View"
            name="view"
            options={views}
            value={state.view}
            onChange={(view) => update({ view })}
          />
        ) : null}
        <div className="ml-auto flex items-center gap-1.5">
          <CopyLink />
          <Button look="quiet" icon title="Refresh" aria-label="Refresh" onClick={tick}>
            <Icon name="refresh" />
          </Button>
        </div>
      </div>
      {'problem' in resolved ? (
        <Notice tone="bad" title="This range cannot be read">
          {resolved.problem}
        </Notice>
      ) : state.service === '' ? (
        <AllServices state={state} interval={resolved} onState={update} />
      ) : (
        <ServiceView key={state.service} state={state} interval={resolved} onState={update} />
      )}
    </div>
  );
}

interface AllServicesProps {
  readonly state: ServicesState;
  readonly interval: Interval;
  readonly onState: (change: Partial<ServicesState>, replace?: boolean) => void;
}

function AllServices({ state, interval, onState }: AllServicesProps) {
  const services = useServices(interval);
  const edges = useEdges(interval);
  const every = { service: '', by: 'service' } as const;
  const all = useRateLines({ ...every, kind: 'all' }, interval);
  const served = useRateLines({ ...every, kind: 'served' }, interval);
  const lines = useMemo(
    () => new Map([...(all.data ?? []), ...(served.data ?? [])]),
    [all.data, served.data],
  );
  const error = services.error ?? edges.error;
  if (error !== null)
    return (
      <Notice tone="bad" title="The services could not be loaded">
        {error.message}
      </Notice>
    );
  if (services.data === undefined || edges.data === undefined)
    return <div className="skeleton h-80" />;
  if (services.data.length === 0 && edges.data.length === 0)
    return (
      <div className="flex flex-col gap-5 py-4">
        <h1 className="sr-only">Services</h1>
        <Notice
          tone="empty"
          title="No service has been called in this time"
          action={
            <Button onClick={() => onState({ range: { from: 'now-24h', to: 'now' } })}>
              Last 24 hours
            </Button>
          }
        >
          Services come from the spans that they send. Widen the range, or send traces as below.
        </Notice>
        <SendTraces />
      </div>
    );
  return (
    <>
      <h1 className="sr-only">Services</h1>
      {state.view === 'map' ? (
        <ServiceMap
          edges={edges.data}
          rows={services.data}
          onOpen={(service) => onState({ service })}
        />
      ) : null}
      <RedTable
        label="Services"
        nameTitle={services.data.length === 1 ? '1 service' : `${services.data.length} services`}
        rows={services.data}
        interval={interval}
        lines={lines}
        column={state.column}
        isUp={state.isUp}
        onSort={(column, isUp) => onState({ column, isUp }, true)}
        renderName={(row) => (
          <Link
            to="/services"
            search={searchFromState({ ...state, service: row.name })}
            className="font-medium hover:underline"
          >
            <ServiceTag name={row.name}>
              {row.isInner ? (
                <span
                  className="font-normal text-ink-3 text-xs"
                  title="It serves nothing: measured by all of its spans"
                >
                  all spans
                </span>
              ) : null}
            </ServiceTag>
          </Link>
        )}
      />
    </>
  );
}
