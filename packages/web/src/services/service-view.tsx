import { Link } from '@tanstack/react-router';
import { formatValue } from '../format/units.ts';
import type { Interval } from '../time/range.ts';
import { ServiceTag } from '../traces/service-tag.tsx';
import { Notice } from '../ui/notice.tsx';
import { Section } from '../ui/section.tsx';
import { type Edge, edgeTypeText } from './graph.ts';
import { RedCharts } from './red-charts.tsx';
import { RedTable } from './red-table.tsx';
import { logsSearch, metricsSearch, tracesSearch } from './service-links.ts';
import { type ServicesState, searchFromState } from './services-state.ts';
import { useEdges, useOperations, useRateLines, useServices } from './use-red.ts';

interface ServiceViewProps {
  readonly state: ServicesState;
  readonly interval: Interval;
  readonly onState: (change: Partial<ServicesState>, replace?: boolean) => void;
}

const action =
  'inline-flex h-7 items-center whitespace-nowrap rounded-md border border-line-strong bg-surface px-2.5 hover:border-ink-3';

/** One service: its course, its operations, its neighbours, and the ways to its traces, logs and metrics. */
export function ServiceView({ state, interval, onState }: ServiceViewProps) {
  const { service, range } = state;
  const services = useServices(interval);
  const edges = useEdges(interval);
  const row = services.data?.find((one) => one.name === service);
  const kind = row?.isInner === true ? 'all' : 'served';
  const known = services.data === undefined ? undefined : interval;
  const operations = useOperations(service, kind, known);
  const lines = useRateLines({ service, kind, by: 'span_name' }, known);
  const error = services.error ?? operations.error;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link
          to="/services"
          search={searchFromState({ ...state, service: '' })}
          className="text-accent underline"
        >
          Services
        </Link>
        <h1 className="font-semibold text-lg">
          <ServiceTag name={service} />
        </h1>
        <div className="ml-auto flex flex-wrap gap-1.5">
          <Link to="/traces" search={tracesSearch({ service }, range)} className={action}>
            Traces
          </Link>
          <Link
            to="/traces"
            search={tracesSearch({ service, errors: true }, range)}
            className={action}
          >
            Errors
          </Link>
          <Link to="/logs" search={logsSearch(service, range)} className={action}>
            Logs
          </Link>
          <Link to="/explore" search={metricsSearch({ service }, range)} className={action}>
            Metrics
          </Link>
        </div>
      </div>
      {error === null ? null : (
        <Notice tone="bad" title="The service could not be loaded">
          {error.message}
        </Notice>
      )}
      {services.data !== undefined && row === undefined ? (
        <Notice tone="empty" title="It was not measured itself in this time">
          No span of {service} has arrived; what its callers tell of it stands below.
        </Notice>
      ) : services.error === null ? (
        <RedCharts service={service} kind={kind} interval={known} />
      ) : null}
      <Section title="Operations">
        {operations.data === undefined ? (
          <Waiting isFailed={error !== null} />
        ) : (
          <RedTable
            label="Operations"
            nameTitle={
              operations.data.length === 1 ? '1 operation' : `${operations.data.length} operations`
            }
            rows={operations.data}
            interval={interval}
            lines={lines.data}
            column={state.column}
            isUp={state.isUp}
            onSort={(column, isUp) => onState({ column, isUp }, true)}
            renderName={(one) => (
              <Link
                to="/traces"
                search={tracesSearch({ service, operation: one.name }, range)}
                title="Its traces"
                className="font-medium hover:underline"
              >
                {one.name}
              </Link>
            )}
            renderActions={(one) => (
              <span className="flex justify-end gap-3 text-xs">
                {one.errors > 0 ? (
                  <Link
                    to="/traces"
                    search={tracesSearch({ service, operation: one.name, errors: true }, range)}
                    className="text-bad underline"
                  >
                    Errors
                  </Link>
                ) : null}
                <Link
                  to="/explore"
                  search={metricsSearch({ service, operation: one.name }, range)}
                  className="text-accent underline"
                >
                  Metrics
                </Link>
              </span>
            )}
          />
        )}
      </Section>
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        <Neighbours
          title="Called by"
          edges={edges.data?.filter((edge) => edge.server === service)}
          isFailed={edges.error !== null}
          nameOf={(edge) => edge.client}
          state={state}
        />
        <Neighbours
          title="Calls"
          edges={edges.data?.filter((edge) => edge.client === service)}
          isFailed={edges.error !== null}
          nameOf={(edge) => edge.server}
          state={state}
        />
      </div>
    </div>
  );
}

function Waiting({ isFailed }: { readonly isFailed: boolean }) {
  return isFailed ? (
    <p className="py-1 text-ink-3">Not known.</p>
  ) : (
    <div className="skeleton h-24" />
  );
}

interface NeighboursProps {
  readonly title: string;
  /** Undefined while they are not known. */
  readonly edges: readonly Edge[] | undefined;
  readonly isFailed: boolean;
  readonly nameOf: (edge: Edge) => string;
  readonly state: ServicesState;
}

function Neighbours({ title, edges, isFailed, nameOf, state }: NeighboursProps) {
  if (edges === undefined)
    return (
      <Section title={title}>
        <Waiting isFailed={isFailed} />
      </Section>
    );
  return (
    <Section title={title}>
      {edges.length === 0 ? <p className="py-1 text-ink-3">None in this time.</p> : null}
      <table className="table-plain">
        <tbody>
          {edges
            .toSorted((a, b) => b.rate - a.rate)
            .map((edge) => (
              <tr key={`${nameOf(edge)} ${edge.type}`} className="hover:bg-sunken">
                <td>
                  <Link
                    to="/services"
                    search={searchFromState({ ...state, service: nameOf(edge) })}
                    className="hover:underline"
                  >
                    <ServiceTag name={nameOf(edge)} />
                  </Link>
                  {edge.type === '' ? null : (
                    <span className="ml-2 text-ink-3 text-xs">{edgeTypeText(edge.type)}</span>
                  )}
                </td>
                <td className="num whitespace-nowrap">{formatValue(edge.rate, 'per second')}</td>
                <td
                  className={`num whitespace-nowrap ${edge.errors > 0 ? 'text-bad' : 'text-ink-3'}`}
                >
                  {formatValue(edge.errors, 'ratio')}
                </td>
                <td className="num whitespace-nowrap">
                  {Number.isFinite(edge.p95) ? formatValue(edge.p95, 'seconds') : '–'}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </Section>
  );
}
