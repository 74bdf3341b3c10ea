import { Button } from '../ui/button.tsx';

const examples = [
  {
    what: 'CPU time by mode',
    expression: 'sum by (cpu_mode) (rate(system_cpu_time_seconds_total[1m]))',
  },
  { what: 'Memory by state', expression: 'system_memory_usage_bytes' },
  {
    what: 'Points taken in, by protocol',
    expression: 'sum by (protocol) (rate(sightline_intake_points_total[1m]))',
  },
  {
    what: 'Duration of requests by service, 95th percentile, from traces',
    expression:
      'histogram_quantile(0.95, sum by (le, service) (rate(traces_spanmetrics_latency_bucket{span_kind="SPAN_KIND_SERVER"}[5m])))',
  },
  {
    what: 'Ten names with most series',
    expression: 'topk(10, count by (__name__) ({__name__!=""}))',
  },
];

/** Before the first query: what can be asked of a machine that has just begun to record itself. */
export function EmptyExplore({ onExample }: { readonly onExample: (expression: string) => void }) {
  return (
    <div className="py-6">
      <p className="pb-3 text-ink-2">
        Write a query and press Ctrl+Enter, or begin with one of these:
      </p>
      <ul className="flex flex-col items-start gap-1">
        {examples.map((example) => (
          <li
            key={example.what}
            className="flex min-w-0 max-w-full flex-wrap items-baseline gap-x-3"
          >
            <Button
              look="quiet"
              className="-ml-2.5 text-accent"
              onClick={() => onExample(example.expression)}
            >
              {example.what}
            </Button>
            <code className="min-w-0 break-words text-ink-3 text-xs">{example.expression}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
