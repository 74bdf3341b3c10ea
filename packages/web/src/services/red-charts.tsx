import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { queryRange } from '../api/prometheus.ts';
import { alignMatrix, gridTimes } from '../chart/align.ts';
import { seriesStyle } from '../chart/palette.ts';
import type { ChartSeries } from '../chart/plot-options.ts';
import { TimeChart } from '../chart/time-chart.tsx';
import type { Unit } from '../format/units.ts';
import { absoluteRange, type Interval } from '../time/range.ts';
import { autoStep, gridOf } from '../time/step.ts';
import { durationQuery, errorQuery, quantiles, rateQuery, type Scope } from './red.ts';
import { tracesSearch } from './service-links.ts';

interface RedChartsProps {
  readonly service: string;
  readonly kind: Scope['kind'];
  readonly interval: Interval | undefined;
}

interface Chart {
  readonly title: string;
  readonly unit: Unit;
  readonly lines: readonly {
    readonly label: string;
    readonly color: string;
    readonly query: string;
  }[];
}

const chartHeight = 150;
/** Wide enough for a step at which a chart of a third of the page is still smooth. */
const chartWidth = 480;

function chartsOf(service: string, kind: Scope['kind'], window: string): readonly Chart[] {
  const scope: Scope = { service, kind, by: 'service' };
  const errors = errorQuery(scope, window);
  const rate = rateQuery(scope, window);
  return [
    {
      title: 'Rate',
      unit: 'per second',
      lines: [{ label: 'calls', color: 'var(--accent)', query: rate }],
    },
    {
      title: 'Errors',
      unit: 'ratio',
      // A service without a failed call has no such series: it fails in no case, which is 0 and not nothing.
      lines: [
        {
          label: 'failed',
          color: 'var(--bad)',
          query: `((${errors}) or 0 * (${rate})) / (${rate})`,
        },
      ],
    },
    {
      title: 'Duration',
      unit: 'seconds',
      lines: quantiles.map((quantile, index) => ({
        label: `p${quantile * 100}`,
        color: seriesStyle(index).color,
        query: durationQuery(scope, quantile, window),
      })),
    },
  ];
}

/** Rate, errors and durations of a service over time. Dragging across a chart leads to its traces of that time. */
export function RedCharts({ service, kind, interval }: RedChartsProps) {
  const navigate = useNavigate();
  const span = interval ?? { fromMs: 0, toMs: 1000 };
  const stepS = autoStep(span, chartWidth, 5);
  const grid = { ...gridOf(span, stepS, true), stepS };
  const charts = chartsOf(service, kind, `${Math.max(60, stepS * 4)}s`);
  const asked = charts.flatMap((chart) => chart.lines);
  const answers = useQueries({
    queries: asked.map(({ query }) => ({
      queryKey: ['red-chart', query, grid],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const answer = await queryRange({ expression: query, ...grid }, signal);
        return { times: gridTimes(grid), values: alignMatrix(answer.data, grid)[0]?.values, grid };
      },
      enabled: interval !== undefined,
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const answerOf = new Map(asked.map((line, index) => [line, answers[index]?.data]));
  return (
    <div className="grid gap-3 md:grid-cols-3">
      {charts.map((chart) => {
        const drawn = chart.lines
          .map((line) => answerOf.get(line))
          .find((one) => one !== undefined);
        const series = chart.lines.map<ChartSeries>((line) => ({
          key: line.label,
          label: line.label,
          color: line.color,
          values: answerOf.get(line)?.values ?? [],
        }));
        return (
          <section
            key={chart.title}
            title="Drag to see the traces of that time"
            className="min-w-0 border border-line bg-surface p-2"
          >
            <h2 className="flex items-baseline gap-3 px-1 font-medium">
              {chart.title}
              {series.length > 1
                ? series.map((one) => (
                    <span
                      key={one.key}
                      className="flex items-center gap-1 font-normal text-ink-2 text-xs"
                    >
                      <span className="h-0.5 w-2.5" style={{ background: one.color }} />
                      {one.label}
                    </span>
                  ))
                : null}
            </h2>
            {drawn === undefined ? (
              <div className="skeleton" style={{ height: chartHeight }} />
            ) : (
              <TimeChart
                times={drawn.times}
                series={series}
                fromS={drawn.grid.startS}
                toS={drawn.grid.endS}
                unit={chart.unit}
                height={chartHeight}
                zeroBased
                syncKey="service"
                label={`${chart.title} of ${service}`}
                onZoom={(fromS, toS) =>
                  navigate({
                    to: '/traces',
                    search: tracesSearch(
                      { service, errors: chart.title === 'Errors' },
                      absoluteRange(Math.floor(fromS * 1000), Math.ceil(toS * 1000)),
                    ),
                  })
                }
              />
            )}
          </section>
        );
      })}
    </div>
  );
}
