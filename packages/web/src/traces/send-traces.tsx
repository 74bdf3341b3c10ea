import { CopyButton } from '../ui/copy-button.tsx';
import { Section } from '../ui/section.tsx';

interface Way {
  readonly title: string;
  readonly text: string;
}

function ways(origin: string): readonly Way[] {
  return [
    {
      title: 'Any application with an OpenTelemetry SDK: two variables of its environment',
      text: [
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
        'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
        'export OTEL_SERVICE_NAME=my-service',
      ].join('\n'),
    },
    {
      title: 'A shell with curl: one span, now',
      text: [
        'NOW=$(date +%s)',
        `curl --fail-with-body -H 'content-type: application/json' ${origin}/v1/traces -d @- <<EOF`,
        '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my-service"}}]},',
        ' "scopeSpans":[{"spans":[{"traceId":"$(openssl rand -hex 16)","spanId":"$(openssl rand -hex 8)",',
        '  "name":"hello","kind":2,"startTimeUnixNano":"$' +
          '{NOW}000000000","endTimeUnixNano":"$' +
          '{NOW}250000000"}]}]}]}',
        'EOF',
      ].join('\n'),
    },
  ];
}

/** How to send traces to this server. */
export function SendTraces() {
  return (
    <Section title="Send traces">
      <p className="max-w-3xl py-1 text-ink-2">
        Sightline takes OpenTelemetry over HTTP and gRPC, and Zipkin's JSON at /api/v2/spans.
        Services, their rates, errors and durations and the map between them are computed from the
        spans as they arrive.
      </p>
      <div className="flex max-w-4xl flex-col gap-4">
        {ways(window.location.origin).map((way) => (
          <div key={way.title}>
            <div className="flex items-start justify-between gap-3">
              <h3 className="py-1 text-ink-2 text-xs">{way.title}</h3>
              <CopyButton text={way.text} />
            </div>
            <pre className="mt-1 overflow-x-auto bg-sunken p-3 text-xs leading-5">{way.text}</pre>
          </div>
        ))}
      </div>
    </Section>
  );
}
